#include <colonnade/train/fixed_exchange.hpp>

namespace colonnade::train {

FixedExchange::~FixedExchange() {
  for (MPI_Request& request : requests_) MPI_Request_free(&request);
}

void FixedExchange::start() {
  if (!requests_.empty()) MPI_Startall(count(), requests_.data());
}

void FixedExchange::poll() {
  int is_done = 0;
  if (!requests_.empty()) MPI_Testall(count(), requests_.data(), &is_done, MPI_STATUSES_IGNORE);
}

void FixedExchange::finish() {
  if (requests_.empty()) return;
  const mpi::Waiting waiting;
  MPI_Waitall(count(), requests_.data(), MPI_STATUSES_IGNORE);
}

}  // namespace colonnade::train
