#include <colonnade/mpi/agreed.hpp>

#include <mpi.h>

#include <array>
#include <chrono>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace colonnade::mpi {

using base::Error;
using base::ErrorKind;

std::optional<Error> error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::storage, "out of memory",
                 {.hint = "use more ranks on more nodes, or a smaller --memory"});
  }
  return std::nullopt;
}

namespace {

/// How long a rank that has failed waits for the others.
constexpr auto patience = std::chrono::seconds(3);

/// Throws the error of rank `failed` on all ranks.
[[noreturn]] void throw_error_of(const Communicator& comm, int failed, Phase phase,
                                 const std::optional<Error>& mine) {
  std::vector<std::int64_t> numbers(3);
  std::array<std::string, 5> texts;
  if (comm.rank() == failed) {
    const auto& facts = mine->facts();
    numbers = {static_cast<std::int64_t>(mine->kind()), facts.column ? 1 : 0,
               facts.column.value_or(0)};
    texts = {mine->sentence(), facts.file, facts.variable, facts.value, facts.hint};
  }
  comm.broadcast(std::span(numbers), failed);
  for (auto& text : texts) text = comm.broadcast(std::move(text), failed);
  base::Facts facts{texts[1], texts[2], std::nullopt, texts[3], texts[4], phase.text(), failed};
  if (numbers[1] != 0) facts.column = numbers[2];
  throw AgreedError(static_cast<ErrorKind>(numbers[0]), texts[0], std::move(facts));
}

/// Whether a request is complete before the patience ends.
bool completes(MPI_Request& request) {
  const auto end = std::chrono::steady_clock::now() + patience;
  int is_complete = 0;
  while (is_complete == 0 && std::chrono::steady_clock::now() < end) {
    MPI_Test(&request, &is_complete, MPI_STATUS_IGNORE);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return is_complete != 0;
}

}  // namespace

void agree(const Communicator& comm, Phase phase, const std::optional<Error>& mine) {
  const InPhase here(phase);
  const int failed = comm.min(mine ? comm.rank() : comm.size());
  if (failed < comm.size()) throw_error_of(comm, failed, phase, mine);
}

void agree_after_collective(const Communicator& comm, Phase phase,
                            const std::optional<Error>& mine) {
  const InPhase here(phase);
  int failed = mine ? comm.rank() : comm.size();
  {
    const Waiting waiting;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Iallreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MIN, comm.handle(), &request);
    // NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker): the throw ends the job.
    if (mine && !completes(request)) throw Error(*mine);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
  }
  if (failed < comm.size()) throw_error_of(comm, failed, phase, mine);
}

}  // namespace colonnade::mpi
