#pragma once

#include <colonnade/mpi/activity.hpp>

#include <mpi.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::mpi {

/// The MPI type of an arithmetic type of ours.
template <typename T>
MPI_Datatype type_of();
template <>
inline MPI_Datatype type_of<float>() {
  return MPI_FLOAT;
}
template <>
inline MPI_Datatype type_of<double>() {
  return MPI_DOUBLE;
}
template <>
inline MPI_Datatype type_of<int>() {
  return MPI_INT;
}
template <>
inline MPI_Datatype type_of<std::int64_t>() {
  return MPI_INT64_T;
}
template <>
inline MPI_Datatype type_of<std::uint64_t>() {
  return MPI_UINT64_T;
}
template <>
inline MPI_Datatype type_of<char>() {
  return MPI_CHAR;
}

/// Narrows to the int of MPI's counts; throws std::logic_error when the value does not fit.
int count_of(std::int64_t value);

/// A communicator and the collectives that this project uses, typed.
///
/// Every member but rank, size, is_root and handle is **collective.** Failures inside MPI abort
/// (MPI_ERRORS_ARE_FATAL). While one waits, the watchdog knows it.
class Communicator {
 public:
  explicit Communicator(MPI_Comm handle = MPI_COMM_WORLD);

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool is_root() const { return rank_ == 0; }
  [[nodiscard]] MPI_Comm handle() const { return handle_; }

  void barrier() const;
  /// As barrier, for waits of seconds: a rank that waits sleeps, and leaves its core to others.
  void barrier_asleep() const;
  /// Fills `values` on every rank with the root's.
  template <typename T>
  void broadcast(std::span<T> values, int root = 0) const {
    broadcast_bytes(std::as_writable_bytes(values), root);
  }
  /// The root's text on every rank.
  [[nodiscard]] std::string broadcast(std::string text, int root = 0) const;

  template <typename T>
  [[nodiscard]] T min(T value) const {
    return reduce(value, MPI_MIN);
  }
  template <typename T>
  [[nodiscard]] T max(T value) const {
    return reduce(value, MPI_MAX);
  }
  /// Sum of integers, which has no order; sums of floating-point values belong to ordered_fold.
  [[nodiscard]] std::int64_t sum(std::int64_t value) const { return reduce(value, MPI_SUM); }

  /// Element by element the sums modulo 2^64, in place.
  void sum(std::span<std::uint64_t> values) const;

  /// One value of each rank, in rank order.
  template <typename T>
  [[nodiscard]] std::vector<T> gather_to_all(T value) const {
    std::vector<T> all(static_cast<std::size_t>(size_));
    const Waiting waiting;
    MPI_Allgather(&value, 1, type_of<T>(), all.data(), 1, type_of<T>(), handle_);
    return all;
  }
  /// The parts of all ranks, concatenated in rank order; the parts may differ in length.
  template <typename T>
  [[nodiscard]] std::vector<T> concatenate(std::span<const T> part) const {
    const auto counts = gather_to_all(count_of(static_cast<std::int64_t>(part.size())));
    std::vector<int> offsets(counts.size());
    std::int64_t total = 0;
    for (std::size_t r = 0; r < counts.size(); ++r) {
      offsets[r] = count_of(total);
      total += counts[r];
    }
    std::vector<T> all(static_cast<std::size_t>(total));
    const Waiting waiting;
    MPI_Allgatherv(part.data(), count_of(static_cast<std::int64_t>(part.size())), type_of<T>(),
                   all.data(), counts.data(), offsets.data(), type_of<T>(), handle_);
    return all;
  }

 private:
  void broadcast_bytes(std::span<std::byte> bytes, int root) const;
  template <typename T>
  T reduce(T value, MPI_Op operation) const {
    T result{};
    const Waiting waiting;
    MPI_Allreduce(&value, &result, 1, type_of<T>(), operation, handle_);
    return result;
  }

  MPI_Comm handle_;
  int rank_ = 0;
  int size_ = 1;
};

/// **Collective.** All-to-all of rows, each of `width` values: `send_counts[r]` rows go to rank r,
/// taken from `send` in rank order; `receive` gets the rows of rank 0, then of rank 1, and so on
/// (`receive_counts[r]` of them). Counts are rows of a row datatype, so a message may exceed 2^31
/// values.
template <typename T>
void exchange_rows(const Communicator& comm, std::span<const T> send,
                   std::span<const int> send_counts, std::span<T> receive,
                   std::span<const int> receive_counts, std::int64_t width) {
  exchange_rows(comm, type_of<T>(), send.data(), send_counts, receive.data(), receive_counts,
                width);
}
void exchange_rows(const Communicator& comm, MPI_Datatype type, const void* send,
                   std::span<const int> send_counts, void* receive,
                   std::span<const int> receive_counts, std::int64_t width);

/// **Collective.** All-to-all of single values: element r goes to rank r.
std::vector<int> exchange_counts(const Communicator& comm, std::span<const int> send);

}  // namespace colonnade::mpi
