// The main of tests under MPI: exceptions are not caught (a rank that threw would leave the others
// waiting), and a test that fails on any rank fails the job.
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/session.hpp>

#include <gtest/gtest.h>
#include <mpi.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  GTEST_FLAG_SET(catch_exceptions, false);
  const colonnade::mpi::Session session(argc, argv);
  const colonnade::mpi::Communicator world;
  if (!world.is_root()) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
  }
  const int failed = RUN_ALL_TESTS();
  if (failed != 0 && !world.is_root())
    std::fprintf(stderr, "a test failed on rank %d\n", world.rank());
  return world.max(failed);
}
