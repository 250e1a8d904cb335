#include <colonnade/base/error.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/trainer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace colonnade::train {

using base::ErrorKind;

namespace {

mpi::Range moved(mpi::Range range, std::int64_t by) {
  return {range.begin + by, range.end + by};
}

Lanes lanes_of(const mpi::Communicator& comm, const TrainerConfig& config, mpi::Range train) {
  return mpi::agreed(comm, "planning batches", [&] {
    return Lanes(train.size(), config.batch, config.micro_batch, config.seed);
  });
}

mpi::Range train_columns(const Lanes& lanes, mpi::Range train, int ranks, int rank) {
  return moved(lanes.columns_of(lanes_of_rank(lanes.count(), ranks, rank)), train.begin);
}

/// Pieces of micro_batch columns, dealt contiguously: what a rank's validation loss is made from.
mpi::Range validation_columns(mpi::Range validation, std::int64_t micro_batch, int ranks,
                              int rank) {
  return moved(mpi::share_in_grains(validation.size(), micro_batch, ranks, rank), validation.begin);
}

std::size_t agreed_parameter_count(const mpi::Communicator& comm, const nn::MlpShape& shape) {
  return mpi::agreed(comm, "planning the network", [&] { return nn::parameter_count(shape); });
}

/// Thrown by all ranks at once: each knows the losses, the norm and the weights of all.
[[noreturn]] void refuse_numbers(const char* what, std::int64_t epoch, std::int64_t step,
                                 double value) {
  throw mpi::AgreedError(
      ErrorKind::numeric,
      fmt::format("{} left the finite numbers in epoch {}, step {}", what, epoch + 1, step + 1),
      {.value = fmt::format("{}", value),
       .hint = "use a smaller --lr or --clip, or look for missing values with inspect"});
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

Trainer::Trainer(const mpi::Communicator& comm, const TrainerConfig& config,
                 const ColumnSource& source, base::ProgressSink progress)
    : comm_(comm),
      config_(config),
      train_(source.train),
      validation_(source.validation),
      progress_(std::move(progress)),
      lanes_(lanes_of(comm, config, source.train)),
      team_(mpi::agreed(comm, "starting threads",
                        [&] { return std::make_unique<Team>(config.threads); })),
      workers_(static_cast<std::size_t>(config.threads)),
      weights_(agreed_parameter_count(comm, config.shape)),
      gradient_(comm, *team_, lanes_.count(), weights_.size()),
      train_slab_(comm, source, train_columns(lanes_, source.train, comm.size(), comm.rank()),
                  "reading training columns", progress_),
      validation_slab_(
          comm, source,
          validation_columns(source.validation, config.micro_batch, comm.size(), comm.rank()),
          "reading validation columns", progress_) {
  base::expects(config.shape.inputs() == source.inputs && config.shape.outputs() == source.outputs,
                "the network has the inputs and outputs of the columns");
  mpi::agreed(comm_, "planning steps", [&] {
    nn::ScheduleConfig schedule = config_.schedule;
    schedule.total_steps = config_.epochs * lanes_.steps_per_epoch();
    schedule_.emplace(schedule);
    update_.emplace(comm_, *team_, config_.optimiser, weights_.size(), config_.clip_norm);
  });
  make_workers();
  nn::initialise(config_.shape, config_.seed, weights_.span());
  share_weights_with_workers();
}

void Trainer::make_workers() {
  mpi::agree(comm_, "planning the network", team_->run([&](int member) {
    workers_[static_cast<std::size_t>(member)].emplace(config_.shape, config_.loss,
                                                       config_.micro_batch);
  }));
}

void Trainer::share_weights_with_workers() {
  team_->run([&](int member) {
    workers_[static_cast<std::size_t>(member)]->set_weights(weights_.span());
  });
}

TrainResult Trainer::run(const EpochListener& on_epoch) {
  TrainResult result;
  std::vector<double> rates;
  Stopwatch total;
  double seconds = 0.0;
  for (std::int64_t epoch = 0; epoch < config_.epochs; ++epoch) {
    EpochReport report = run_epoch(epoch);
    schedule_->end_epoch(report.validation_loss);
    report.is_best = report.validation_loss < result.best_loss;
    if (report.is_best) {
      result.best_loss = report.validation_loss;
      result.best_epoch = report.epoch;
    }
    seconds += total.lap_s();
    report.seconds = seconds;
    rates.push_back(report.columns_per_second);
    on_epoch(report);
    result.stopped_early =
        config_.patience > 0 && report.epoch - result.best_epoch >= config_.patience;
    if (result.stopped_early) break;
  }
  if (rates.size() > 1) rates.erase(rates.begin());
  result.columns_per_second = median(std::move(rates));
  return result;
}

EpochReport Trainer::run_epoch(std::int64_t epoch) {
  EpochReport report{.epoch = epoch + 1};
  const std::int64_t steps = lanes_.steps_per_epoch();
  Stopwatch watch;
  double sum = 0.0;
  for (std::int64_t step = 0; step < steps; ++step) sum += run_step(epoch, step, report);
  const double train_s = watch.lap_s();
  const double squares = nn::sum_of_squares(weights_.span());
  if (!std::isfinite(squares)) refuse_numbers("the weights", epoch, steps - 1, squares);
  report.step = (epoch + 1) * steps;
  report.train_loss = sum / static_cast<double>(lanes_.columns() * config_.shape.outputs());
  report.columns_per_second = static_cast<double>(lanes_.columns()) / train_s;
  report.times.input_s = workers_.front()->take_input_s();
  report.times.compute_s -= report.times.input_s;
  report.validation_loss = validation_.empty() ? report.train_loss : validation_loss();
  if (!std::isfinite(report.validation_loss))
    refuse_numbers("the validation loss", epoch, steps - 1, report.validation_loss);
  report.validation_s = watch.lap_s();
  workers_.front()->take_input_s();
  return report;
}

double Trainer::run_step(std::int64_t epoch, std::int64_t step, EpochReport& report) {
  const double scale =
      1.0 / static_cast<double>(lanes_.valid_columns(step) * config_.shape.outputs());
  gradient_.run(
      [&](int member, std::int64_t lane, std::span<float> gradient) {
        std::vector<std::int64_t> columns;
        lanes_.select(epoch, step, lane, columns);
        for (auto& column : columns) column += train_.begin;
        return workers_[static_cast<std::size_t>(member)]->train(train_slab_, columns, scale,
                                                                 gradient);
      },
      report.times);
  double sum = 0.0;
  for (const double loss : gradient_.losses()) sum += loss;
  if (!std::isfinite(sum)) refuse_numbers("the loss", epoch, step, sum);
  report.learning_rate = schedule_->at(epoch * lanes_.steps_per_epoch() + step);
  if (!update_->step(weights_.span(), gradient_.sum(), report.learning_rate, report.times))
    refuse_numbers("the gradient's norm", epoch, step, std::numeric_limits<double>::quiet_NaN());
  share_weights_with_workers();
  report_progress(epoch, step, sum * scale);
  return sum;
}

double Trainer::validation_loss() {
  const mpi::Range all{0, mpi::pieces(validation_.size(), config_.micro_batch)};
  const mpi::Range mine = mpi::share(all.size(), comm_.size(), comm_.rank());
  std::vector<double> losses(static_cast<std::size_t>(mine.size()));
  const auto error = team_->run([&](int member) {
    const mpi::Range pieces = mpi::share(mine.size(), team_->size(), member);
    for (std::int64_t piece = pieces.begin; piece < pieces.end; ++piece) {
      const std::int64_t begin = (mine.begin + piece) * config_.micro_batch;
      std::vector<std::int64_t> columns(
          static_cast<std::size_t>(std::min(config_.micro_batch, validation_.size() - begin)));
      std::iota(columns.begin(), columns.end(), validation_.begin + begin);
      losses[static_cast<std::size_t>(piece)] =
          workers_[static_cast<std::size_t>(member)]->loss(validation_slab_, columns);
    }
  });
  mpi::agree(comm_, "validation", error);
  double sum = 0.0;
  for (const double loss : comm_.concatenate(std::span<const double>(losses))) sum += loss;
  return sum / static_cast<double>(validation_.size() * config_.shape.outputs());
}

void Trainer::report_progress(std::int64_t epoch, std::int64_t step, double loss) const {
  if (!progress_) return;
  const std::int64_t steps = lanes_.steps_per_epoch();
  const std::int64_t seen = std::min((step + 1) * config_.batch, lanes_.columns());
  progress_(fmt::format("training, epoch {}/{}, step {}/{}, loss {:.4g}", epoch + 1, config_.epochs,
                        step + 1, steps, loss),
            epoch * lanes_.columns() + seen, config_.epochs * lanes_.columns());
}

std::int64_t bytes_of_rank(const TrainerConfig& config, const ColumnSource& source, int ranks,
                           int rank) {
  const Lanes lanes(source.train.size(), config.batch, config.micro_batch, config.seed);
  const std::size_t parameters = nn::parameter_count(config.shape);
  const std::int64_t columns =
      train_columns(lanes, source.train, ranks, rank).size() +
      validation_columns(source.validation, config.micro_batch, ranks, rank).size();
  const std::int64_t widths =
      std::accumulate(config.shape.widths.begin(), config.shape.widths.end(), std::int64_t{0});
  // A worker keeps each layer's values before and after the activation, and two derivatives.
  const std::int64_t values = columns * (source.inputs + source.outputs) +
                              std::int64_t{config.threads} * config.micro_batch * 3 * widths +
                              static_cast<std::int64_t>(parameters);
  return values * static_cast<std::int64_t>(sizeof(float)) +
         GradientSum::bytes(lanes.count(), parameters, ranks, rank, config.threads);
}

}  // namespace colonnade::train
