// A program of jobs that end in each way that a job can; run_test.sh starts it.
#include <colonnade/app/run.hpp>
#include <colonnade/base/error.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <vector>

using namespace colonnade;

namespace {

base::Error failure_of(int rank) {
  return {base::ErrorKind::data, "a bad column", {.file = fmt::format("part_{}.nc", rank)}};
}

void work(const app::Arguments& arguments, const mpi::Communicator& world) {
  const auto rank = static_cast<int>(arguments.integer("rank"));
  const auto fails = [&] { return world.rank() >= rank; };
  const auto& how = arguments.text("how");
  if (how == "agreed")
    mpi::agreed(world, "reading", [&] {
      if (fails()) throw failure_of(world.rank());
    });
  if (how == "alone" && fails()) throw failure_of(world.rank());
  if (how == "bug" && fails()) base::expects(false, "nobody asks for a bug");
  if (how == "still" && fails()) std::this_thread::sleep_for(std::chrono::seconds(30));
  for (int i = 0; how == "slow" && fails() && i < 25; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    mpi::tick();
  }
  world.barrier();
  if (world.is_root()) fmt::print("files {}\n", arguments.files().size());
}

}  // namespace

int main(int argc, char** argv) {
  const app::Command end{
      .name = "end",
      .summary = "ends in some way",
      .files = {.usage = "FILE...", .help = "any files", .most = 100},
      .options = {
          {.name = "how", .value_name = "well|agreed|alone|bug|still|slow", .fallback = "well"},
          {.name = "rank", .value_name = "N", .fallback = "0", .help = "the first that fails"}}};
  const std::vector<app::Job> jobs{{.command = end, .work = work}};
  return app::run(argc, argv, jobs, "sample 1.0");
}
