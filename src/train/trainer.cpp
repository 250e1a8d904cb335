#include "train/column_rows.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/node_memory.hpp>
#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/train/median.hpp>
#include <colonnade/train/trainer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

namespace colonnade::train {

using base::ErrorKind;

namespace {

Lanes lanes_of(const mpi::Communicator& comm, const TrainerConfig& config, mpi::Range train) {
  return mpi::agreed(comm, "planning batches", [&] {
    return Lanes(train.size(), config.batch, config.micro_batch, config.seed);
  });
}

/// Ranks of one node have no network to keep busy: there the thread that sends takes time from
/// those that compute.
Slices slices_of(const mpi::Communicator& comm, const TrainerConfig& config) {
  const std::size_t parameters = nn::parameter_count(config.shape);
  if (config.buckets > 0) return {parameters, comm.size(), config.buckets};
  if (mpi::ranks_of_node(comm) == comm.size()) return {parameters, comm.size(), 1};
  return {parameters, comm.size()};
}

/// Thrown by all ranks at once: each knows the losses, the norm and the weights of all.
[[noreturn]] void refuse_numbers(const char* what, std::int64_t epoch, std::int64_t step,
                                 double value) {
  throw mpi::AgreedError(
      ErrorKind::numeric,
      fmt::format("{} left the finite numbers in epoch {}, step {}", what, epoch, step),
      {.value = fmt::format("{}", value),
       .hint = "use a smaller --lr or --clip, or look for missing values with inspect"});
}

/// A micro-batch of one column has no variance, and counts for no statistics.
constexpr std::int64_t least_statistics_columns = 2;

}  // namespace

Trainer::Trainer(const mpi::Communicator& comm, const TrainerConfig& config,
                 const ColumnSource& source, base::ProgressSink progress)
    : comm_(comm),
      config_(config),
      memory_(mpi::agreed(comm, "planning memory",
                          [&] { return plan_memory(config, source, comm.size()); })),
      validation_(source.validation),
      progress_(std::move(progress)),
      lanes_(lanes_of(comm, config, source.train)),
      slices_(slices_of(comm, config)),
      team_(mpi::agreed(comm, "starting threads",
                        [&] {
                          base::fault_site(base::FaultSite::start_team);
                          return std::make_unique<Team>(config.threads, slices_.buckets() > 1);
                        })),
      workers_(static_cast<std::size_t>(config.threads)),
      weights_(mpi::agreed(comm, "allocating weights",
                           [&] { return Weights(comm, *team_, slices_, config.precision); })),
      gradient_(comm, *team_, lanes_.count(), slices_,
                lanes_at_once(config, lanes_.count(), comm.size(), comm.rank())),
      hasher_(comm, *team_, config.shape),
      train_columns_(memory_.streams_training
                         ? stream_lanes(comm, lanes_, source, config.precision, config.epochs)
                         : hold_lanes(comm, lanes_, source, config.precision, progress_)) {
  base::expects(config.shape.inputs() == source.inputs && config.shape.outputs() == source.outputs,
                "the network has the inputs and outputs of the columns");
  const mpi::Range validated = validation_columns(config_, source, comm.size(), comm.rank());
  if (memory_.streams_validation)
    read_validation_ = source.reader(validated);
  else
    validation_slab_.emplace(comm, source, validated, config.precision,
                             "reading validation columns", progress_);
  mpi::agreed(comm_, "planning steps", [&] {
    if (config.shape.has_batch_norm)
      folded_.emplace(comm, *team_,
                      Slices(nn::parameter_count(nn::folded(config.shape)), comm.size(), 1),
                      config.precision);
    nn::ScheduleConfig schedule = config_.schedule;
    schedule.total_steps = config_.epochs * lanes_.steps_per_epoch();
    schedule_.emplace(schedule);
    update_.emplace(comm_, *team_, config_.optimiser, slices_, config_.clip_norm,
                    nn::trained_count(config_.shape));
  });
  nn::initialise(config_.shape, config_.seed, weights_.all());
  weights_.round();
  make_workers();
}

void Trainer::make_workers() {
  mpi::agree(comm_, "planning the network", team_->run([&](int member) {
    base::fault_site(base::FaultSite::start_worker);
    auto& worker = workers_[static_cast<std::size_t>(member)];
    worker.emplace(
        config_.shape, config_.objective, config_.micro_batch, config_.precision,
        slices_.buckets() > 1 ? nn::KernelUse::training_in_blocks : nn::KernelUse::training,
        lanes_at_once(config_, lanes_.count(), comm_.size(), comm_.rank()));
    worker->set_weights(weights_, folded_ ? *folded_ : weights_);
  }));
}

TrainResult Trainer::run(const TrainListener& listener) {
  std::vector<double> rates;
  clock_.lap_s();
  while (!is_finished()) {
    const EpochReport report = run_epoch(listener);
    rates.push_back(report.columns_per_second);
    if (listener.on_epoch) listener.on_epoch(report);
  }
  if (rates.size() > 1) rates.erase(rates.begin());
  return {.best_epoch = position_.best_epoch,
          .best_loss = position_.best_loss,
          .stopped_early = has_lost_patience(),
          .columns_per_second = rates.empty() ? 0.0 : median(std::move(rates))};
}

EpochReport Trainer::run_epoch(const TrainListener& listener) {
  EpochReport report{.epoch = position_.epoch + 1};
  Stopwatch watch;
  const std::int64_t columns = run_steps(listener, report.times);
  const double train_s = watch.lap_s();
  weights_.complete();
  const double squares = nn::sum_of_squares(weights_.all());
  if (!std::isfinite(squares)) refuse_numbers("the weights", report.epoch, position_.step, squares);
  report.step = step_count();
  report.learning_rate = schedule_->at(report.step - 1);
  report.train_loss = position_.loss_sum / terms_of(lanes_.columns());
  report.columns_per_second = static_cast<double>(columns) / train_s;
  report.times.input_s = workers_.front()->take_input_s();
  report.times.compute_s -= report.times.input_s;
  report.times.hash_s = std::exchange(hash_s_, 0.0);
  report.validation_loss = validation_.empty() ? report.train_loss : validation_loss();
  if (!std::isfinite(report.validation_loss))
    refuse_numbers("the validation loss", report.epoch, position_.step, report.validation_loss);
  report.validation_s = watch.lap_s();
  workers_.front()->take_input_s();
  end_epoch(report);
  return report;
}

std::int64_t Trainer::run_steps(const TrainListener& listener, StepTimes& times) {
  std::int64_t columns = 0;
  while (position_.step < lanes_.steps_per_epoch()) {
    const std::int64_t valid = lanes_.valid_columns(position_.step);
    const double loss = run_step(listener.request ? listener.request() : 0, times);
    columns += valid;
    position_.loss_sum += loss;
    ++position_.step;
    position_.seconds += clock_.lap_s();
    report_progress(loss / terms_of(valid));
    if (listener.on_step) listener.on_step(gradient_.requests());
  }
  return columns;
}

double Trainer::run_step(std::uint32_t request, StepTimes& times) {
  const std::int64_t epoch = position_.epoch, step = position_.step;
  const double scale = 1.0 / terms_of(lanes_.valid_columns(step));
  const std::int64_t of_statistics = statistics_columns(step);
  gradient_.run(
      [&](int member, mpi::Range lanes, std::span<double> losses, std::span<float> gradient,
          const nn::Ready& ready) {
        base::fault_site(base::FaultSite::compute);
        workers_[static_cast<std::size_t>(member)]->train(
            [&](std::int64_t which, const MicroBatch& into) {
              const std::int64_t lane = lanes.begin + which;
              const nn::TrainingRows rows = rows_of(lane, of_statistics);
              if (rows.valid > 0) train_columns_->gather({epoch, step, lane}, into);
              return rows;
            },
            scale, losses, gradient, ready);
      },
      times, request,
      update_->clips() ? [&](std::int64_t begin,
                             std::span<const float> tile) { update_->take_tile(begin, tile); }
                       : GradientSum::TileWork());
  double sum = 0.0;
  for (const double loss : gradient_.losses()) sum += loss;
  if (!std::isfinite(sum)) refuse_numbers("the loss", epoch + 1, step + 1, sum);
  base::fault_site(base::FaultSite::update);
  if (!update_->step(weights_, gradient_.sum(), schedule_->at(step_count()),
                     of_statistics > 0 ? nn::batch_norm_momentum : 0.0, times))
    refuse_numbers("the gradient's norm", epoch + 1, step + 1,
                   std::numeric_limits<double>::quiet_NaN());
  weights_.share(times);
  return sum;
}

std::int64_t Trainer::statistics_columns(std::int64_t step) const {
  std::int64_t sum = 0;
  for (std::int64_t lane = 0; config_.shape.has_batch_norm && lane < lanes_.count(); ++lane)
    if (const auto columns = lanes_.valid_columns(step, lane); columns >= least_statistics_columns)
      sum += columns;
  return sum;
}

nn::TrainingRows Trainer::rows_of(std::int64_t lane, std::int64_t statistics_columns) const {
  const std::int64_t columns = lanes_.valid_columns(position_.step, lane);
  const std::array place{position_.epoch, position_.step, lane};
  return {.valid = columns,
          .share = statistics_columns == 0 || columns < least_statistics_columns
                       ? 0.0
                       : static_cast<double>(columns) / static_cast<double>(statistics_columns),
          .seed = config_.seed,
          .index = base::hash_values(std::span<const std::int64_t>(place))};
}

std::span<const float> Trainer::model_weights() {
  if (!folded_) return weights_.all();
  nn::fold(config_.shape, weights_.all(), folded_->all());
  folded_->round();
  return folded_->all();
}

void Trainer::end_epoch(EpochReport& report) {
  schedule_->end_epoch(report.validation_loss);
  report.is_best = report.validation_loss < position_.best_loss;
  if (report.is_best) {
    position_.best_loss = report.validation_loss;
    position_.best_epoch = report.epoch;
  }
  position_.seconds += clock_.lap_s();
  report.seconds = position_.seconds;
  position_.epoch = report.epoch;
  position_.step = 0;
  position_.loss_sum = 0.0;
}

double Trainer::validation_loss() {
  const mpi::InPhase here("validation");
  static_cast<void>(model_weights());
  const mpi::Range all{0, mpi::pieces(validation_.size(), config_.micro_batch)};
  const mpi::Range mine = mpi::share(all.size(), comm_.size(), comm_.rank());
  std::vector<double> losses(static_cast<std::size_t>(mine.size()));
  const auto error = team_->run([&](int member) {
    const mpi::Range pieces = mpi::share(mine.size(), team_->size(), member);
    for (std::int64_t piece = pieces.begin; piece < pieces.end; ++piece) {
      base::fault_site(base::FaultSite::validation);
      const std::int64_t begin = validation_.begin + (mine.begin + piece) * config_.micro_batch;
      const mpi::Range columns{begin, std::min(begin + config_.micro_batch, validation_.end)};
      losses[static_cast<std::size_t>(piece)] = workers_[static_cast<std::size_t>(member)]->loss(
          [&](const MicroBatch& into) { gather_validation(columns, into); }, columns.size());
      mpi::tick();
    }
  });
  mpi::agree(comm_, "validation", error);
  double sum = 0.0;
  for (const double loss : comm_.concatenate(std::span<const double>(losses))) sum += loss;
  return sum / terms_of(validation_.size());
}

void Trainer::gather_validation(mpi::Range columns, const MicroBatch& into) const {
  if (validation_slab_) {
    std::vector<std::int64_t> each(static_cast<std::size_t>(columns.size()));
    std::iota(each.begin(), each.end(), columns.begin);
    validation_slab_->gather(each, into);
    return;
  }
  const Widths widths{static_cast<std::size_t>(config_.shape.inputs()),
                      static_cast<std::size_t>(config_.shape.outputs())};
  read_micro_batch(read_validation_, columns, widths, into);
}

double Trainer::terms_of(std::int64_t columns) const {
  return static_cast<double>(
      nn::terms_of(config_.objective.loss, columns, config_.shape.outputs()));
}

void Trainer::report_progress(double loss) const {
  if (!progress_) return;
  const auto& [epoch, step] = std::pair(position_.epoch, position_.step);
  const std::int64_t seen = std::min(step * config_.batch, lanes_.columns());
  progress_(fmt::format("training, epoch {}/{}, step {}/{}, loss {:.4g}", epoch + 1, config_.epochs,
                        step, lanes_.steps_per_epoch(), loss),
            epoch * lanes_.columns() + seen, config_.epochs * lanes_.columns());
}

}  // namespace colonnade::train
