#include <colonnade/mpi/node_memory.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

using namespace colonnade;

TEST(NodeMemory, IsSharedByTheRanksOfANode) {
  const mpi::Communicator all, alone(MPI_COMM_SELF);
  const std::int64_t mine = mpi::memory_of_rank_bytes(alone);
  const std::int64_t shared = mpi::memory_of_rank_bytes(all);
  const std::int64_t machine = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
  EXPECT_GT(mine, std::int64_t{64} << 20);
  EXPECT_LE(mine, machine / 5 * 4);
  EXPECT_EQ(all.min(shared), all.max(shared));
  // Other programs take and give back memory meanwhile.
  EXPECT_GT(shared, mine / all.size() / 2);
  EXPECT_LT(shared, mine / all.size() * 2);
}
