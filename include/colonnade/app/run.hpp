#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/app/command.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <functional>
#include <span>
#include <string>

namespace colonnade::app {

/// A command and its work, which is **collective**. Under --dry-run the resolved config stands on
/// standard output already; work adds its plan and touches nothing.
struct Job {
  Command command{};
  std::function<void(const Arguments&, const mpi::Communicator&)> work{};
};

/// The whole program: answers --help and --version without MPI; else starts MPI, parses, runs the
/// job of the command, and turns an error that all ranks agreed on into one message on rank 0.
/// `versions` is what --version prints. Returns the exit code.
int run(int argc, char** argv, std::span<const Job> jobs, const std::string& versions);

}  // namespace colonnade::app
