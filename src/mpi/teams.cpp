#include <colonnade/base/error.hpp>
#include <colonnade/mpi/activity.hpp>
#include <colonnade/mpi/teams.hpp>

#include <cstddef>

namespace colonnade::mpi {

Teams::Teams(const Communicator& comm, const std::vector<int>& sizes) : sizes_(sizes) {
  int begin = 0, colour = MPI_UNDEFINED;
  for (std::size_t team = 0; team < sizes.size(); ++team) {
    roots_.push_back(begin);
    if (begin <= comm.rank() && comm.rank() < begin + sizes[team]) colour = static_cast<int>(team);
    begin += sizes[team];
  }
  base::expects(begin <= comm.size(), "teams have no more ranks than there are");
  const Waiting waiting;
  MPI_Comm_split(comm.handle(), colour, comm.rank(), &handle_);
  if (handle_ != MPI_COMM_NULL) own_.emplace(handle_);
}

Teams::~Teams() {
  if (handle_ == MPI_COMM_NULL) return;
  const Waiting waiting;
  MPI_Comm_free(&handle_);
}

}  // namespace colonnade::mpi
