#pragma once

namespace colonnade::mpi {

/// MPI for the life of the program.
///
/// Installs a terminate handler that names the rank and calls MPI_Abort with exit code 70, so that
/// an exception that nothing caught ends every rank. MPI is finalised only when no exception is in
/// flight.
class Session {
 public:
  /// **Collective.** Starts MPI with MPI_THREAD_FUNNELED: only the main thread calls it.
  Session(int& argc, char**& argv);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  int exceptions_at_start_;
};

}  // namespace colonnade::mpi
