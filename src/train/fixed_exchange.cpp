#include <colonnade/train/fixed_exchange.hpp>

namespace colonnade::train {

FixedExchange::~FixedExchange() {
  for (MPI_Request& request : requests_) MPI_Request_free(&request);
}

void FixedExchange::run() {
  if (requests_.empty()) return;
  const mpi::Waiting waiting;
  const int count = mpi::count_of(static_cast<std::int64_t>(requests_.size()));
  MPI_Startall(count, requests_.data());
  MPI_Waitall(count, requests_.data(), MPI_STATUSES_IGNORE);
}

}  // namespace colonnade::train
