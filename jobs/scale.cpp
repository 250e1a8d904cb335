#include "jobs.hpp"
#include "network.hpp"
#include "scale_command.hpp"
#include "scale_model.hpp"
#include "scale_report.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/teams.hpp>
#include <colonnade/train/scaling.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>

namespace colonnade::jobs {

using app::Arguments;
using base::Error;
using base::ErrorKind;
using train::TrainerConfig;

namespace {

/// Steps of an epoch at most, and seconds that a measured run shall take.
constexpr std::int64_t most_steps = 32;
constexpr double run_s = 1.0;
constexpr std::int64_t most_predicted = 1 << 20;

/// What is measured, the same on all ranks.
struct ScalePlan {
  TrainerConfig config;  ///< of all cases, whose batches and epochs differ
  std::vector<ScaleCase> cases;
};

std::vector<std::int64_t> counts_of(const Arguments& arguments, std::int64_t ranks) {
  std::vector<std::int64_t> counts;
  if (!arguments.has("ranks")) {
    for (std::int64_t count = 1; count < ranks; count *= 2) counts.push_back(count);
    counts.push_back(ranks);
    return counts;
  }
  counts = arguments.integers("ranks");
  for (const std::int64_t count : counts)
    if (count > ranks)
      throw Error(ErrorKind::usage,
                  fmt::format("--ranks asks for {} ranks, and the job has {}", count, ranks),
                  {.hint = "start it with as many ranks as the largest count"});
  return counts;
}

/// Throws usage errors of batches that cannot be.
ScaleCase case_of(ScaleMode mode, std::int64_t ranks, std::int64_t first, std::int64_t columns,
                  const TrainerConfig& config) {
  ScaleCase one{.mode = mode, .ranks = static_cast<int>(ranks), .batch = config.batch};
  if (mode == ScaleMode::weak) {
    if (config.batch % (first * config.micro_batch) != 0)
      throw Error(ErrorKind::usage,
                  fmt::format("--batch {} gives the {} ranks of the first count no equal numbers "
                              "of micro-batches of {}",
                              config.batch, first, config.micro_batch),
                  {.hint = fmt::format("use a multiple of {}, or --mode strong",
                                       first * config.micro_batch)});
    one.batch = config.batch / first * ranks;
    if (one.batch > columns)
      throw Error(
          ErrorKind::usage,
          fmt::format("weak scaling to {} ranks takes a batch of {}, and the training split "
                      "has {} columns",
                      ranks, one.batch, columns),
          {.hint = "use a smaller --batch, fewer ranks, or --mode strong"});
  }
  static_cast<void>(train::Lanes(columns, one.batch, config.micro_batch, config.seed));
  one.steps = std::min(most_steps, columns / one.batch);
  return one;
}

ScalePlan plan_of(const Arguments& arguments, const train::ColumnSource& source, bool all_have_bf16,
                  int ranks) {
  ScalePlan plan;
  TrainerConfig& config = plan.config;
  config.precision = precision_from(arguments, all_have_bf16);
  config.shape = shape_from(arguments, source);
  config.batch = arguments.integer("batch");
  config.micro_batch = arguments.integer("micro-batch");
  config.threads = static_cast<int>(arguments.integer("threads"));
  if (arguments.integer("predict") > most_predicted)
    throw Error(ErrorKind::usage, fmt::format("--predict goes to {} ranks", most_predicted),
                {.value = arguments.text("predict")});
  const auto counts = counts_of(arguments, ranks);
  const std::string& modes = arguments.text("mode");
  for (const ScaleMode mode : {ScaleMode::strong, ScaleMode::weak})
    if (modes == "both" || modes == name_of(mode))
      for (const std::int64_t count : counts)
        plan.cases.push_back(case_of(mode, count, counts.front(), source.train.size(), config));
  return plan;
}

void warn_of_idle_threads(const ScalePlan& plan) {
  for (const auto& one : plan.cases) {
    const std::int64_t lanes = one.batch / plan.config.micro_batch;
    if (std::int64_t{one.ranks} * plan.config.threads > lanes)
      fmt::print(
          stderr, "colonnade scale: warning: {} {}: {} threads share {} micro-batches: some idle\n",
          name_of(one.mode), one.ranks, std::int64_t{one.ranks} * plan.config.threads, lanes);
  }
}

void print_plan(const ScalePlan& plan, const Arguments& arguments) {
  fmt::print("# network {} in {}, {} threads a rank, {} rounds after a first one\n",
             fmt::join(plan.config.shape.widths, "-"), nn::name_of(plan.config.precision),
             plan.config.threads, arguments.integer("repeats"));
  for (const auto& one : plan.cases)
    fmt::print("# {}: {} ranks, {} micro-batches a step, {} steps an epoch\n", name_of(one.mode),
               one.ranks, one.batch / plan.config.micro_batch, one.steps);
}

/// **Collective.** One run of a case on its ranks; the others sleep, and learn of an error only.
train::ScalingSample run_case(const mpi::Communicator& comm, const ScaleCase& one,
                              TrainerConfig config, const std::string& path) {
  config.batch = one.batch;
  config.epochs = one.epochs;
  train::ScalingSample sample;
  std::optional<Error> failure;
  const mpi::Teams teams(comm, {one.ranks});
  if (teams.own()) {
    try {
      const auto file = data::PreparedFile::open(*teams.own(), path);
      auto source = train::source_of(file);
      source.train.end = source.train.begin + one.steps * one.batch;
      source.validation = {};
      sample = train::measure_training(*teams.own(), config, source);
    } catch (const mpi::AgreedError& error) {
      failure = error;
    }
  }
  const mpi::InPhase here("waiting for the measuring ranks");
  comm.barrier_asleep();
  mpi::agree(comm, "measuring", failure);
  return sample;
}

/// The weights of all strong cases are the same, and each weak case's in all rounds.
void expect_same_weights(const ScaleCase& one, const std::vector<ScaleCase>& cases,
                         std::uint64_t weights) {
  for (const auto& other : cases) {
    if (other.batch != one.batch || other.steps != one.steps || other.samples.empty()) continue;
    if (const auto expected = other.samples.front().weights; expected != weights)
      throw Error(ErrorKind::internal,
                  fmt::format("the weights of {} and of {} ranks differ after {} steps",
                              other.ranks, one.ranks, one.steps),
                  {.value = fmt::format("{} and {}", base::hex(expected), base::hex(weights)),
                   .hint = "are all processors of one kind?"});
  }
}

/// **Collective.** Rounds of all cases; the first one only finds how many epochs make a run.
void measure(const mpi::Communicator& comm, ScalePlan& plan, const Arguments& arguments) {
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  const auto& path = arguments.files().front();
  const std::int64_t rounds = 1 + arguments.integer("repeats");
  const std::int64_t runs = rounds * static_cast<std::int64_t>(plan.cases.size());
  std::int64_t done = 0;
  for (std::int64_t round = 0; round < rounds; ++round)
    for (auto& one : plan.cases) {
      progress.report("measuring", done++, runs);
      auto sample = run_case(comm, one, plan.config, path);
      mpi::agreed_on_root(comm, "comparing weights",
                          [&] { expect_same_weights(one, plan.cases, sample.weights); });
      if (round > 0) {
        one.samples.push_back(sample);
      } else if (comm.rank() < one.ranks) {
        const double epoch_s = sample.split.step_s() * static_cast<double>(one.steps);
        one.epochs = 1 + static_cast<std::int64_t>(std::ceil(run_s / epoch_s));
      }
    }
  progress.report("measuring", runs, runs);
  progress.end_line();
}

/// Prints the model's tables; returns its lines of the CSV.
std::string tell_model(const ScalePlan& plan, const Machine& machine, std::int64_t most) {
  std::string csv;
  fmt::print("\n{}", text_of(machine, plan.cases.front(), plan.config));
  for (const ScaleMode mode : {ScaleMode::strong, ScaleMode::weak}) {
    const auto predictions = predictions_of(mode, plan.cases, machine, plan.config, most);
    if (predictions.empty()) continue;
    fmt::print("\n{}", table_of(predictions, plan.cases));
    csv += csv_of(predictions);
  }
  return csv;
}

void scale_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const bool all_have_bf16 = comm.min(nn::is_native(nn::Precision::bf16) ? 1 : 0) == 1;
  auto plan = [&] {
    const auto file = data::PreparedFile::open(comm, arguments.files().front());
    return mpi::agreed(comm, "options", [&] {
      return plan_of(arguments, train::source_of(file), all_have_bf16, comm.size());
    });
  }();
  if (comm.is_root()) warn_of_idle_threads(plan);
  if (arguments.flag("dry-run")) {
    if (comm.is_root()) print_plan(plan, arguments);
    return;
  }
  mpi::agreed(comm, "output", [&] { expect_no_input(arguments.text("out"), arguments); });
  io::OutputPath out(comm, arguments.text("out"), arguments.flag("force"));
  const std::int64_t predicted = arguments.integer("predict");
  Machine machine;
  if (predicted > 0) machine = measure_machine(comm, plan.config);
  measure(comm, plan, arguments);
  mpi::agreed_on_root(comm, "writing the table", [&] {
    std::string csv = csv_of(plan.cases, plan.config.threads);
    fmt::print("{}", table_of(plan.cases));
    if (predicted > 0) csv += tell_model(plan, machine, predicted);
    io::write_text_file(out.temporary(), csv);
    std::fflush(stdout);
  });
  out.commit();
}

}  // namespace

app::Job scale_job() {
  return {scale_command(), scale_work};
}

}  // namespace colonnade::jobs
