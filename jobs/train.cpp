#include "jobs.hpp"

#include <colonnade/app/log.hpp>
#include <colonnade/app/parse.hpp>
#include <colonnade/app/progress.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/provenance.hpp>
#include <colonnade/train/run_directory.hpp>
#include <colonnade/train/trainer.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace colonnade::jobs {

using app::Arguments;
using train::EpochReport;
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

app::Command train_command() {
  app::Command command{
      .name = "train",
      .summary = "a prepared file to a trained network, the same bits on any number of ranks",
      .description =
          "Trains a multi-layer perceptron on the training split of a prepared file (flat layout), "
          "which is held in memory, each rank its share. The batch and the micro-batch fix every "
          "sum: the weights are the same, to the bit, on any number of ranks and threads.\n\n"
          "RUN holds config.ini (resolved: give it to --config), metrics.csv (a line an epoch), "
          "log.txt, model.h5 (the weights with the lowest validation loss, and all that inference "
          "needs; replaced whole at each better epoch) and final.h5 (the last weights). Without a "
          "validation split the training loss decides.",
      .files = {.usage = "DATA.h5", .help = "a file made by prepare", .least = 1, .most = 1},
      .options = {},
      .examples = {"mpirun -n 2 colonnade train columns.h5 --out run",
                   "colonnade train columns.h5 --out run --threads 2 --hidden 256,256 --loss mae "
                   "--batch 512 --epochs 60 --patience 10"}};
  for (const auto& group : {network_options(), step_options(), run_options()})
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

std::string epoch_line(const EpochReport& report, std::int64_t epochs) {
  return fmt::format(
      "epoch {}/{}: training loss {:.6g}, validation loss {:.6g}{}, {} columns/s, {}", report.epoch,
      epochs, report.train_loss, report.validation_loss, report.is_best ? " (best)" : "",
      base::human_rate(report.columns_per_second), base::human_duration(report.seconds));
}

/// A run under way: what is written as its epochs end.
class Run {
 public:
  Run(const Arguments& arguments, const mpi::Communicator& comm, const data::PreparedFile& file,
      train::RunDirectory& directory)
      : comm_(comm),
        file_(file),
        directory_(directory),
        config_ini_(app::resolved_ini(train_command(), arguments)),
        is_quiet_(arguments.flag("quiet")),
        progress_(std::cerr, app::Progress::style_of_stderr(comm.is_root(), is_quiet_)) {}

  void operator()(const TrainerConfig& config, const train::ColumnSource& source) {
    train::Trainer trainer(comm_, config, source, progress_.sink());
    if (comm_.is_root()) warn(config, source, comm_.size());
    directory_.start(config_ini_);
    std::shared_ptr<spdlog::logger> log;
    mpi::agreed_on_root(comm_, "log", [&] { log = app::make_log(directory_.file("log.txt")); });
    EpochReport last;
    const auto result = trainer.run([&](const EpochReport& report) {
      last = report;
      directory_.add(report);
      if (report.is_best) write("model.h5", config, report, trainer.weights());
      if (comm_.is_root()) tell(*log, epoch_line(report, config.epochs));
    });
    write("final.h5", config, last, trainer.weights());
    if (!comm_.is_root()) return;
    tell(*log, fmt::format("{}: the best epoch is {}, with a loss of {:.6g}",
                           result.stopped_early ? "stopped early" : "done", result.best_epoch,
                           result.best_loss));
    fmt::print("throughput {:.0f} columns/s\n", result.columns_per_second);
    fmt::print("weights {}\n", base::hex(base::hash_values(trainer.weights())));
  }

 private:
  void write(const char* name, const TrainerConfig& config, const EpochReport& report,
             std::span<const float> weights) const {
    train::write_model(
        comm_, directory_.file(name),
        {.shape = config.shape,
         .recipe = file_.recipe(),
         .weights = {weights.begin(), weights.end()},
         .provenance = train::provenance_of(config_ini_, file_, report, weights, versions())});
  }

  void tell(spdlog::logger& log, const std::string& line) {
    log.info(line);
    progress_.end_line();
    if (!is_quiet_) fmt::print("{}\n", line);
    std::fflush(stdout);
  }

  const mpi::Communicator& comm_;
  const data::PreparedFile& file_;
  train::RunDirectory& directory_;
  std::string config_ini_;
  bool is_quiet_;
  app::Progress progress_;
};

void train_work(const Arguments& arguments, const mpi::Communicator& comm) {
  train::RunDirectory directory(comm, arguments.text("out"), arguments.flag("force"));
  const auto file = data::PreparedFile::open(comm, arguments.files().front());
  const auto source = mpi::agreed(comm, "options", [&] { return train::source_of(file); });
  const auto config = mpi::agreed(comm, "options", [&] { return config_from(arguments, source); });
  if (arguments.flag("dry-run")) {
    mpi::agreed_on_root(comm, "planning", [&] { print_plan(config, source, comm.size()); });
    return;
  }
  Run(arguments, comm, file, directory)(config, source);
}

}  // namespace

app::Job train_job() {
  return {train_command(), train_work};
}

}  // namespace colonnade::jobs
