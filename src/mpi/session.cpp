#include <colonnade/base/error.hpp>
#include <colonnade/mpi/activity.hpp>
#include <colonnade/mpi/session.hpp>

#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>

namespace colonnade::mpi {

namespace {

constexpr int internal_error = static_cast<int>(base::ErrorKind::internal);

struct Ending {
  int code;
  std::string sentence;
};

Ending ending_of(const std::exception_ptr& cause) {
  if (!cause) return {internal_error, "a bug: terminated without an exception"};
  try {
    std::rethrow_exception(cause);
  } catch (const base::Error& error) {
    return {static_cast<int>(error.kind()), error.what()};
  } catch (const std::bad_alloc&) {
    return {static_cast<int>(base::ErrorKind::storage), "out of memory"};
  } catch (const std::exception& error) {
    return {internal_error, std::string("a bug: ") + error.what()};
  } catch (...) {
    return {internal_error, "a bug: an exception of an unknown type"};
  }
}

[[noreturn]] void abort_naming_the_rank() {
  int initialized = 0, finalized = 0, rank = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  const bool running = initialized != 0 && finalized == 0;
  if (running) MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const auto [code, sentence] = ending_of(std::current_exception());
  std::fprintf(stderr, "colonnade: error: %s [rank %d, phase '%s']\n", sentence.c_str(), rank,
               detail::phase.load(std::memory_order_relaxed));
  if (running) MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);
}

}  // namespace

Session::Session(int& argc, char**& argv) : exceptions_at_start_(std::uncaught_exceptions()) {
  // Our transfers are large and contiguous: each rank moves its own bytes. Open MPI's default sends
  // a node's bytes through one rank. What the user set stays.
  ::setenv("OMPI_MCA_fcoll", "individual", 0);
  std::set_terminate(abort_naming_the_rank);
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
}

Session::~Session() {
  if (std::uncaught_exceptions() == exceptions_at_start_) MPI_Finalize();
}

}  // namespace colonnade::mpi
