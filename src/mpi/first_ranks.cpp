#include <colonnade/mpi/activity.hpp>
#include <colonnade/mpi/first_ranks.hpp>

namespace colonnade::mpi {

FirstRanks::FirstRanks(const Communicator& comm, int count) {
  {
    const Waiting waiting;
    MPI_Comm_split(comm.handle(), comm.rank() < count ? 0 : MPI_UNDEFINED, comm.rank(), &handle_);
  }
  if (handle_ != MPI_COMM_NULL) comm_.emplace(handle_);
}

FirstRanks::~FirstRanks() {
  if (handle_ == MPI_COMM_NULL) return;
  const Waiting waiting;
  MPI_Comm_free(&handle_);
}

}  // namespace colonnade::mpi
