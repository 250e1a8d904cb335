#include <colonnade/base/error.hpp>
#include <colonnade/mpi/session.hpp>

#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace colonnade::mpi {

namespace {

constexpr int internal_error = static_cast<int>(base::ErrorKind::internal);

[[noreturn]] void abort_naming_the_rank() {
  int initialized = 0, finalized = 0, rank = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  const bool running = initialized != 0 && finalized == 0;
  if (running) MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const char* reason = "terminated without an exception";
  if (const auto current = std::current_exception()) {
    try {
      std::rethrow_exception(current);
    } catch (const base::Error& error) {
      std::fprintf(stderr, "colonnade: rank %d: error: %s\n", rank, error.what());
      if (running) MPI_Abort(MPI_COMM_WORLD, static_cast<int>(error.kind()));
      std::_Exit(static_cast<int>(error.kind()));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "colonnade: rank %d: a bug: %s\n", rank, error.what());
      reason = nullptr;
    } catch (...) {
      reason = "an exception of an unknown type";
    }
  }
  if (reason != nullptr) std::fprintf(stderr, "colonnade: rank %d: a bug: %s\n", rank, reason);
  if (running) MPI_Abort(MPI_COMM_WORLD, internal_error);
  std::_Exit(internal_error);
}

}  // namespace

Session::Session(int& argc, char**& argv) : exceptions_at_start_(std::uncaught_exceptions()) {
  // Our transfers are large and contiguous: each rank moves its own bytes. Open MPI's default sends
  // a node's bytes through one rank. Whether it pays is not settled by paired runs. What the user
  // set stays.
  ::setenv("OMPI_MCA_fcoll", "individual", 0);
  std::set_terminate(abort_naming_the_rank);
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
}

Session::~Session() {
  if (std::uncaught_exceptions() == exceptions_at_start_) MPI_Finalize();
}

}  // namespace colonnade::mpi
