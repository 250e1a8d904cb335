#pragma once

#include <colonnade/base/error.hpp>
#include <colonnade/mpi/activity.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace colonnade::mpi {

/// An error that every rank throws at once. Main catches this type alone: an error that one rank
/// throws by itself is not caught, and the terminate handler ends the job.
class AgreedError : public base::Error {
 public:
  using base::Error::Error;
};

/// **Collective.** If any rank brings an error, all ranks throw that of the lowest such rank as
/// AgreedError.
void agree(const Communicator& comm, Phase phase, const std::optional<base::Error>& mine);

/// **Collective.** As agree, after a call that is collective in itself and may have failed on this
/// rank while others still wait for it inside. If they do not come within seconds, this rank throws
/// `mine` alone, which ends the job.
void agree_after_collective(const Communicator& comm, Phase phase,
                            const std::optional<base::Error>& mine);

/// Runs `work` and returns its error, if it fails in an expected way (base::Error, or no memory).
std::optional<base::Error> error_of(const std::function<void()>& work);

/// **Collective.** Runs local work that can fail; when it fails on any rank, all ranks throw the
/// error of the lowest failing one. `work` must not call a collective. What `work` throws beyond
/// base::Error and std::bad_alloc is a bug and is not caught. Returns what `work` returns.
template <typename Work>
auto agreed(const Communicator& comm, Phase phase, Work&& work) {
  const InPhase here(phase);
  using Result = std::invoke_result_t<Work>;
  if constexpr (std::is_void_v<Result>) {
    agree(comm, phase, error_of(std::forward<Work>(work)));
  } else {
    std::optional<Result> result;
    agree(comm, phase, error_of([&] { result.emplace(work()); }));
    return *std::move(result);
  }
}

/// **Collective.** Runs `work` on the root only; when it fails, all ranks throw its error.
template <typename Work>
void agreed_on_root(const Communicator& comm, Phase phase, Work&& work) {
  agreed(comm, phase, [&] {
    if (comm.is_root()) work();
  });
}

}  // namespace colonnade::mpi
