#include <colonnade/base/error.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>
#include <utility>

namespace colonnade::mpi {

int count_of(std::int64_t value) {
  base::expects(value >= 0 && value <= std::numeric_limits<int>::max(), "an MPI count fits an int");
  return static_cast<int>(value);
}

Communicator::Communicator(MPI_Comm handle) : handle_(handle) {
  MPI_Comm_rank(handle_, &rank_);
  MPI_Comm_size(handle_, &size_);
}

void Communicator::barrier() const {
  const Waiting waiting;
  MPI_Barrier(handle_);
}

void Communicator::barrier_asleep() const {
  const Waiting waiting;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(handle_, &request);
  int has_ended = 0;
  while (MPI_Test(&request, &has_ended, MPI_STATUS_IGNORE), has_ended == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Communicator::broadcast_bytes(std::span<std::byte> bytes, int root) const {
  const Waiting waiting;
  constexpr std::size_t most = std::size_t{1} << 30;
  for (std::size_t done = 0; done < bytes.size(); done += most) {
    const auto part = bytes.subspan(done, std::min(most, bytes.size() - done));
    MPI_Bcast(part.data(), static_cast<int>(part.size()), MPI_BYTE, root, handle_);
  }
}

std::string Communicator::broadcast(std::string text, int root) const {
  auto length = static_cast<std::int64_t>(text.size());
  broadcast(std::span(&length, 1), root);
  text.resize(static_cast<std::size_t>(length));
  broadcast(std::span(text), root);
  return text;
}

void Communicator::sum(std::span<std::uint64_t> values) const {
  const Waiting waiting;
  MPI_Allreduce(MPI_IN_PLACE, values.data(), count_of(static_cast<std::int64_t>(values.size())),
                MPI_UINT64_T, MPI_SUM, handle_);
}

namespace {

std::vector<int> offsets_of(std::span<const int> counts) {
  std::vector<int> offsets(counts.size());
  std::int64_t total = 0;
  for (std::size_t r = 0; r < counts.size(); ++r) {
    offsets[r] = count_of(total);
    total += counts[r];
  }
  return offsets;
}

}  // namespace

void exchange_rows(const Communicator& comm, MPI_Datatype type, const void* send,
                   std::span<const int> send_counts, void* receive,
                   std::span<const int> receive_counts, std::int64_t width) {
  MPI_Datatype row = MPI_DATATYPE_NULL;
  MPI_Type_contiguous(count_of(width), type, &row);
  MPI_Type_commit(&row);
  const auto send_offsets = offsets_of(send_counts), receive_offsets = offsets_of(receive_counts);
  const Waiting waiting;
  MPI_Alltoallv(send, send_counts.data(), send_offsets.data(), row, receive, receive_counts.data(),
                receive_offsets.data(), row, comm.handle());
  MPI_Type_free(&row);
}

std::vector<int> exchange_counts(const Communicator& comm, std::span<const int> send) {
  std::vector<int> receive(send.size());
  const Waiting waiting;
  MPI_Alltoall(send.data(), 1, MPI_INT, receive.data(), 1, MPI_INT, comm.handle());
  return receive;
}

}  // namespace colonnade::mpi
