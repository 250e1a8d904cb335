#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <mpi.h>

#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// The same messages between the same buffers, over and over: planned once, run every step.
///
/// Messages go straight from and to the buffers given, which must stay where they are. A message's
/// tag is its place among those between its two ranks; both sides name the same tags.
class FixedExchange {
 public:
  explicit FixedExchange(const mpi::Communicator& comm) : comm_(comm) {}
  ~FixedExchange();
  FixedExchange(FixedExchange&&) noexcept = default;
  FixedExchange(const FixedExchange&) = delete;
  FixedExchange& operator=(const FixedExchange&) = delete;

  /// Plans a message. Empty ones are left out; both sides must give the same size.
  template <typename T>
  void send(int to, int tag, std::span<const T> values) {
    if (values.empty()) return;
    MPI_Send_init(values.data(), mpi::count_of(static_cast<std::int64_t>(values.size())),
                  mpi::type_of<T>(), to, tag, comm_.handle(), &requests_.emplace_back());
  }
  /// Plans the receipt of a message.
  template <typename T>
  void receive(int from, int tag, std::span<T> values) {
    if (values.empty()) return;
    MPI_Recv_init(values.data(), mpi::count_of(static_cast<std::int64_t>(values.size())),
                  mpi::type_of<T>(), from, tag, comm_.handle(), &requests_.emplace_back());
  }

  /// **Collective.** Starts all messages; others may be under way. Until finish() the buffers
  /// belong to them.
  void start();
  /// Moves what is under way, of any exchange, and does not wait.
  void poll();
  /// Returns when the buffers are free again; at once if nothing was started.
  void finish();

 private:
  [[nodiscard]] int count() const {
    return mpi::count_of(static_cast<std::int64_t>(requests_.size()));
  }

  mpi::Communicator comm_;
  std::vector<MPI_Request> requests_;
};

}  // namespace colonnade::train
