#include "jobs.hpp"

#include <colonnade/base/hash.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/run_difference.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

namespace colonnade::jobs {

using app::Arguments;
using base::Error;
using base::ErrorKind;

namespace {

app::Command diff_command() {
  return {
      .name = "diff",
      .summary = "the first step, and the tensor, in which two training runs part",
      .description =
          "Compares two run directories: the options of their config.ini, the data they were "
          "trained with, their hashes.csv, and the weights in final.h5 where both have ended. "
          "Ends with 0 when hashes and weights are the same, with 1 when they differ.\n\n"
          "What differs first tells the cause. columns: another seed, batch, precision or data. "
          "Then the "
          "loss: other weights before the step, or another loss function. The gradient, with the "
          "same columns and loss: the calculation itself, so look for another processor or "
          "library, or a damaged host. Only weights and optimiser: another learning rate or "
          "optimiser.\n\n"
          "Only steps that both runs have hashed are compared. When they part between two of "
          "these, train both again with --hash-every 1, from the newest common checkpoint "
          "(--resume FILE), to have the very step named. The number of ranks and threads makes "
          "no difference.",
      .files = {.usage = "RUN_A RUN_B", .help = "what train made", .least = 2, .most = 2},
      .options = {},
      .examples = {"colonnade diff run_1 run_2",
                   "colonnade diff run_here run_there || echo they differ"}};
}

/// What a run left behind.
struct Run {
  std::string path;
  std::string config;
  train::HashTable hashes;
  bool has_ended = false;
  std::string weights{}, content{};  ///< of the run that has ended: hash, data's content
  std::int64_t step = 0;
};

std::string text_of(const std::string& path) {
  io::expect_regular(path);
  std::ifstream stream(path);
  stream.peek();
  if (!stream.is_open() || stream.bad())
    throw Error(ErrorKind::storage, "cannot read the run",
                {.file = path,
                 .value = std::strerror(errno),
                 .hint = "give two run directories that train has made"});
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// **Collective.**
Run read_run(const mpi::Communicator& comm, const std::string& path) {
  Run run{.path = path, .config = {}, .hashes = {}};
  const std::string model = path + "/final.h5";
  mpi::agreed_on_root(comm, "reading a run", [&] {
    run.config = text_of(path + "/config.ini");
    run.hashes = train::read_hash_table(path + "/hashes.csv");
    run.has_ended = io::is_there(model);
  });
  run.has_ended = comm.max(run.has_ended ? 1 : 0) == 1;
  if (!run.has_ended) return run;
  const auto last = train::read_model(comm, model);
  const auto provenance = nlohmann::json::parse(last.provenance, nullptr, false);
  run.weights = base::hex(base::hash_values(std::span(last.weights)));
  if (provenance.is_object()) {
    run.content = provenance.value("data_content", "");
    run.step = provenance.value("step", std::int64_t{0});
  }
  return run;
}

void print_options(const Run& a, const Run& b) {
  for (const auto& [name, in_a, in_b] : train::differing_options(a.config, b.config))
    fmt::print("option {}: {} in {}, {} in {}\n", name, in_a.value_or("not set"), a.path,
               in_b.value_or("not set"), b.path);
  if (a.has_ended && b.has_ended && a.content != b.content)
    fmt::print("data: content {} in {}, {} in {}\n", a.content, a.path, b.content, b.path);
}

/// What the hashes say, in words for scripts; nothing when they are the same.
std::optional<std::string> parting_of(const Run& a, const Run& b) {
  const auto difference = train::difference_of(a.hashes, b.hashes);
  fmt::print("hashed steps: {} in {}, {} in {}, {} in both\n", a.hashes.rows.size(), a.path,
             b.hashes.rows.size(), b.path, difference.common_steps);
  if (difference.common_steps == 0 && !(a.has_ended && b.has_ended))
    throw Error(ErrorKind::usage, "the runs have hashed no step in common, and have not both ended",
                {.hint = "train both with the same --hash-every"});
  if (!difference.first) {
    fmt::print("the same for {} hashed steps\n", difference.common_steps);
    return std::nullopt;
  }
  const auto& first = *difference.first;
  if (first.last_same && first.step > *first.last_same + 1)
    fmt::print("the same at step {}; steps {} to {} were not hashed in both\n", *first.last_same,
               *first.last_same + 1, first.step - 1);
  return "the runs part at " + train::text_of(first, a.hashes);
}

bool print_weights(const Run& a, const Run& b) {
  for (const Run* run : {&a, &b})
    if (!run->has_ended) fmt::print("final weights: {} has not ended\n", run->path);
  if (!a.has_ended || !b.has_ended) return true;
  if (a.weights == b.weights)
    fmt::print("final weights: the same, {}\n", a.weights);
  else
    fmt::print("final weights: {} in {} after {} steps, {} in {} after {} steps\n", a.weights,
               a.path, a.step, b.weights, b.path, b.step);
  return a.weights == b.weights;
}

void diff_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const std::string &path_a = arguments.files()[0], &path_b = arguments.files()[1];
  if (arguments.flag("dry-run")) {
    if (comm.is_root())
      fmt::print("# plan: compare {} and {}; nothing is written\n", path_a, path_b);
    return;
  }
  const Run a = read_run(comm, path_a), b = read_run(comm, path_b);
  std::string verdict;
  mpi::agreed_on_root(comm, "comparing", [&] {
    print_options(a, b);
    const auto parting = parting_of(a, b);
    const bool are_weights_same = print_weights(a, b);
    if (parting)
      verdict = *parting;
    else if (!are_weights_same)
      verdict = "the runs part after the last common hashed step";
    std::fflush(stdout);
  });
  verdict = comm.broadcast(std::move(verdict));
  if (!verdict.empty()) throw mpi::AgreedError(ErrorKind::different, verdict);
}

}  // namespace

app::Job diff_job() {
  return {diff_command(), diff_work};
}

}  // namespace colonnade::jobs
