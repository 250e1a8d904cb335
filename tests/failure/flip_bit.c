// Preloaded into a program: after the FLIP_STEP-th in-place all-gather of floats, which is how the ranks share their
// weights, one bit of rank FLIP_RANK's copy has flipped, as if its memory or the network were damaged.
#include <mpi.h>
#include <stdlib.h>

int MPI_Allgatherv(const void* send, int count, MPI_Datatype type, void* receive, const int counts[],
                   const int offsets[], MPI_Datatype receive_type, MPI_Comm comm) {
  static int step = 0;
  const int code = PMPI_Allgatherv(send, count, type, receive, counts, offsets, receive_type, comm);
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  if (send == MPI_IN_PLACE && receive_type == MPI_FLOAT && ++step == atoi(getenv("FLIP_STEP")) &&
      rank == atoi(getenv("FLIP_RANK")))
    ((unsigned char*)receive)[2] ^= 1;
  return code;
}
