#include "jobs.hpp"
#include "train_run.hpp"

#include <colonnade/app/parse.hpp>
#include <colonnade/app/stop_signals.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/checkpoint.hpp>
#include <colonnade/train/checkpoint_folder.hpp>
#include <colonnade/train/run_directory.hpp>
#include <colonnade/train/trainer.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <utility>

namespace colonnade::jobs {

using app::Arguments;
using train::TrainerConfig;

namespace {

std::vector<app::Option> network_options() {
  return {{.name = "hidden",
           .value_name = "N,N,...",
           .fallback = "512,512,512",
           .help = "widths of the hidden layers; 0 for none: a linear model",
           .least = 0.0},
          {.name = "activation",
           .value_name = "silu|relu|gelu|tanh",
           .fallback = "silu",
           .help = "the function between layers"},
          {.name = "loss",
           .value_name = "mse|mae|huber",
           .fallback = "mse",
           .help = "mean over columns and targets, of normalised values"},
          {.name = "precision",
           .value_name = "fp32",
           .fallback = "fp32",
           .help = "of the matrix products"}};
}

std::vector<app::Option> step_options() {
  return {
      {.name = "optimizer",
       .value_name = "sgd|momentum|adam|adamw",
       .fallback = "adamw",
       .help = "the update, with PyTorch's constants"},
      {.name = "lr", .value_name = "X", .fallback = "1e-3", .help = "learning rate", .least = 0.0},
      {.name = "schedule",
       .value_name = "constant|cosine|plateau",
       .fallback = "cosine",
       .help = "of the learning rate: cosine falls to zero with the last epoch, plateau halves "
               "it after 5 epochs without a better validation loss"},
      {.name = "warmup",
       .value_name = "N",
       .fallback = "0",
       .help = "steps in which the learning rate rises to its full value",
       .least = 0.0},
      {.name = "weight-decay",
       .value_name = "X",
       .fallback = "0",
       .help = "decoupled for adamw, else added to the gradient",
       .least = 0.0},
      {.name = "clip",
       .value_name = "X",
       .fallback = "0",
       .help = "largest norm of a step's gradient; 0: any",
       .least = 0.0}};
}

std::vector<app::Option> run_options() {
  return {{.name = "out", .value_name = "RUN", .help = "the run directory", .required = true},
          {.name = "batch",
           .value_name = "N",
           .fallback = "1024",
           .help = "columns of a step",
           .least = 1.0},
          {.name = "micro-batch",
           .value_name = "N",
           .fallback = "256",
           .help = "columns that one thread computes at a time; batch / micro-batch is the largest "
                   "number of threads, over all ranks, that can share a step",
           .least = 1.0},
          {.name = "epochs",
           .value_name = "N",
           .fallback = "20",
           .help = "how often each column is seen",
           .least = 1.0},
          {.name = "patience",
           .value_name = "N",
           .fallback = "0",
           .help = "end after so many epochs without a better validation loss; 0: never",
           .least = 0.0},
          {.name = "seed",
           .value_name = "N",
           .fallback = "1",
           .help = "of the initial weights and the order of the columns",
           .least = 0.0}};
}

std::vector<app::Option> checkpoint_options() {
  return {{.name = "resume",
           .value_name = "auto|FILE",
           .help = "go on from a checkpoint: auto takes the newest whole one of RUN, and starts "
                   "anew if there is none; the options that decide the result must be those of the "
                   "checkpoint, but ranks and threads may differ"},
          {.name = "checkpoint-every",
           .value_name = "TIME|Nsteps",
           .fallback = "10min",
           .help = "a time, or a number of steps as in 500steps; 0: only at the end, and when "
                   "stopped"},
          {.name = "keep-checkpoints",
           .value_name = "N",
           .fallback = "3",
           .help = "older ones are removed",
           .least = 1.0},
          {.name = "hash-every",
           .value_name = "N",
           .fallback = "100",
           .help = "steps, besides the first, after which hashes of the batch's columns, the "
                   "gradient, the weights and the optimiser's state go to hashes.csv, for "
                   "colonnade diff, and the ranks' weights are compared; 0: none",
           .least = 0.0}};
}

app::Command train_command() {
  app::Command command{
      .name = "train",
      .summary = "a prepared file to a trained network, the same bits on any number of ranks",
      .description =
          "Trains a multi-layer perceptron on the training split of a prepared file (flat layout), "
          "which is held in memory, each rank its share. The batch and the micro-batch fix every "
          "sum: the weights are the same, to the bit, on any number of ranks and threads.\n\n"
          "RUN holds config.ini (resolved: give it to --config), metrics.csv (a line an epoch), "
          "hashes.csv (a line every --hash-every steps), log.txt, model.h5 (the weights with the "
          "lowest validation loss, and all that inference "
          "needs; replaced whole at each better epoch), final.h5 (the last weights) and "
          "checkpoints/. "
          "Without a validation split the training loss decides.\n\n"
          "SIGTERM, SIGUSR1 or SIGINT to any one rank stops the run after the step under way: all "
          "ranks write a checkpoint and exit with 75. A second SIGINT ends at once. mpirun hands "
          "SIGUSR1 on to its ranks; at SIGTERM or SIGINT it gives them a second, then kills them. "
          "Under Slurm the run stops itself in time: when the job's time left falls below three "
          "checkpoints, a step and 30 s (or a quarter of its time, if that is less). A job with "
          "time "
          "for a single step ends with an error, lest it come back for ever. A run that was "
          "stopped or killed goes on with --resume auto, on any ranks and threads, to the same "
          "weights.\n\n"
          "A rank whose weights differ from the other ranks', found every --hash-every steps, "
          "after "
          "each epoch and before each checkpoint, ends the run with 70 and is named.",
      .files = {.usage = "DATA.h5", .help = "a file made by prepare", .least = 1, .most = 1},
      .options = {},
      .examples = {"mpirun -n 2 colonnade train columns.h5 --out run",
                   "colonnade train columns.h5 --out run --threads 2 --hidden 256,256 --loss mae "
                   "--batch 512 --epochs 60 --patience 10",
                   "srun colonnade train columns.h5 --out run --resume auto"}};
  for (const auto& group : {network_options(), step_options(), run_options(), checkpoint_options()})
    command.options.insert(command.options.end(), group.begin(), group.end());
  return command;
}

std::vector<std::int64_t> widths_of(const Arguments& arguments, const train::ColumnSource& source) {
  std::vector<std::int64_t> widths{source.inputs};
  const auto hidden = arguments.integers("hidden");
  if (hidden != std::vector<std::int64_t>{0})
    widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back(source.outputs);
  return widths;
}

TrainerConfig config_from(const Arguments& arguments, const train::ColumnSource& source) {
  TrainerConfig config;
  config.shape = {.widths = widths_of(arguments, source),
                  .activation = nn::activation_from_name(arguments.text("activation"))};
  config.loss = nn::loss_from_name(arguments.text("loss"));
  config.optimiser.algorithm = nn::algorithm_from_name(arguments.text("optimizer"));
  config.optimiser.weight_decay = arguments.real("weight-decay");
  config.schedule.kind = nn::schedule_from_name(arguments.text("schedule"));
  config.schedule.learning_rate = arguments.real("lr");
  config.schedule.warmup_steps = arguments.integer("warmup");
  config.clip_norm = arguments.real("clip");
  config.batch = arguments.integer("batch");
  config.micro_batch = arguments.integer("micro-batch");
  config.epochs = arguments.integer("epochs");
  config.patience = arguments.integer("patience");
  config.seed = static_cast<std::uint64_t>(arguments.integer("seed"));
  config.threads = static_cast<int>(arguments.integer("threads"));
  return config;
}

/// What the user should know before a long run, on standard error.
void warn(const TrainerConfig& config, const train::ColumnSource& source, int ranks) {
  const std::int64_t lanes = config.batch / config.micro_batch;
  if (ranks > lanes)
    fmt::print(stderr,
               "colonnade train: warning: {} ranks share {} micro-batches: {} ranks idle; use a "
               "smaller --micro-batch or a larger --batch\n",
               ranks, lanes, ranks - lanes);
  else if (std::int64_t{ranks} * config.threads > lanes)
    fmt::print(stderr,
               "colonnade train: warning: {} threads share {} micro-batches: some idle; use a "
               "smaller --micro-batch or a larger --batch\n",
               std::int64_t{ranks} * config.threads, lanes);
  if (source.validation.empty())
    fmt::print(stderr,
               "colonnade train: warning: no validation split: the training loss chooses the best "
               "model\n");
}

void print_plan(const TrainerConfig& config, const train::ColumnSource& source, int ranks) {
  const train::Lanes lanes(source.train.size(), config.batch, config.micro_batch, config.seed);
  fmt::print("# plan: {} ranks of {} threads share {} micro-batches of {} columns a step\n", ranks,
             config.threads, lanes.count(), lanes.micro_batch());
  fmt::print("# {} training and {} validation columns; {} steps an epoch, {} epochs\n",
             base::human_count(source.train.size()), base::human_count(source.validation.size()),
             base::human_count(lanes.steps_per_epoch()), config.epochs);
  fmt::print("# network {}: {} parameters; {} in memory on rank 0\n",
             fmt::join(config.shape.widths, "-"),
             base::human_count(static_cast<std::int64_t>(nn::parameter_count(config.shape))),
             base::human_bytes(train::bytes_of_rank(config, source, ranks, 0)));
}

CheckpointCadence cadence_of(const Arguments& arguments) {
  const std::string& text = arguments.text("checkpoint-every");
  const auto unit = text.find("step");
  if (unit == std::string::npos) return {.seconds = arguments.seconds("checkpoint-every")};
  CheckpointCadence cadence;
  const char* const end = text.data() + unit;
  const auto [stopped, error] = std::from_chars(text.data(), end, cadence.steps);
  if (error != std::errc() || stopped != end || text.substr(unit) != "steps" || cadence.steps < 1)
    throw base::Error(base::ErrorKind::usage, "--checkpoint-every takes a time or steps",
                      {.value = text, .hint = "write it as 10min or 500steps"});
  return cadence;
}

train::OlderRun older_run(const Arguments& arguments) {
  if (!arguments.has("resume"))
    return arguments.flag("force") ? train::OlderRun::replaced : train::OlderRun::refused;
  if (arguments.flag("force"))
    throw base::Error(base::ErrorKind::usage, "--force and --resume contradict each other",
                      {.hint = "leave one of them out"});
  return train::OlderRun::continued;
}

/// The checkpoint that --resume asks for, if there is one; it fits the options.
train::FoundCheckpoint found_checkpoint(const Arguments& arguments,
                                        const train::ResultOptions& options) {
  if (!arguments.has("resume")) return {};
  train::FoundCheckpoint found;
  if (const std::string& path = arguments.text("resume"); path != "auto")
    found = {.checkpoint = train::read_checkpoint(path), .path = path, .passed_over = {}};
  else
    found = train::newest_checkpoint(arguments.text("out") + "/checkpoints");
  if (found.checkpoint)
    train::expect_same_result(options, *found.checkpoint, found.path);
  else
    fmt::print("no checkpoint to resume from: the run starts anew\n");
  return found;
}

void train_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const app::StopSignals signals;
  const auto older = mpi::agreed(comm, "options", [&] { return older_run(arguments); });
  train::RunDirectory directory(comm, arguments.text("out"), older);
  const auto file = data::PreparedFile::open(comm, arguments.files().front());
  const auto source = mpi::agreed(comm, "options", [&] { return train::source_of(file); });
  const auto plan = mpi::agreed(comm, "options", [&] {
    auto config = config_from(arguments, source);
    // Refuses batches that the columns do not fill, before anything is told or touched.
    static_cast<void>(
        train::Lanes(source.train.size(), config.batch, config.micro_batch, config.seed));
    auto options = train::result_options(config, file.content());
    return TrainPlan{.config_ini = app::resolved_ini(train_command(), arguments),
                     .config = std::move(config),
                     .result_options = std::move(options),
                     .cadence = cadence_of(arguments),
                     .keep_checkpoints = arguments.integer("keep-checkpoints"),
                     .hash_every = arguments.integer("hash-every"),
                     .is_quiet = arguments.flag("quiet")};
  });
  train::FoundCheckpoint found;
  mpi::agreed_on_root(comm, "reading the checkpoint",
                      [&] { found = found_checkpoint(arguments, plan.result_options); });
  if (arguments.flag("dry-run")) {
    mpi::agreed_on_root(comm, "planning", [&] {
      print_plan(plan.config, source, comm.size());
      if (found.checkpoint) fmt::print("# resumes from {}\n", found.path);
    });
    return;
  }
  if (comm.is_root()) warn(plan.config, source, comm.size());
  TrainRun(comm, plan, file, directory)(source, std::move(found));
}

}  // namespace

app::Job train_job() {
  return {train_command(), train_work};
}

}  // namespace colonnade::jobs
