#include <colonnade/base/error.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/lane_columns.hpp>
#include <colonnade/train/memory_plan.hpp>
#include <colonnade/train/trainer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

namespace colonnade::train {

namespace {

/// Of the source's index and the hashes of both rows, by which a streamed column is checked.
constexpr std::int64_t label_bytes = 4 * sizeof(std::int64_t);

/// What the network, its gradients and its micro-batches take on rank 0.
std::int64_t network_bytes(const TrainerConfig& config, const Lanes& lanes, int ranks) {
  const std::size_t parameters = nn::parameter_count(config.shape);
  const std::int64_t widths =
      std::accumulate(config.shape.widths.begin(), config.shape.widths.end(), std::int64_t{0});
  constexpr std::int64_t float_bytes = sizeof(float);
  const auto bytes = static_cast<std::int64_t>(nn::value_bytes(config.precision));
  const std::int64_t rounded_bytes = config.precision == nn::Precision::bf16 ? bytes : 0;
  // A worker keeps each layer's values before and after the activation, and two derivatives; of one
  // that adds its input a third. It normalises values of their own, and predicts with others.
  const std::int64_t values = 3 + (config.shape.is_residual ? 1 : 0) +
                              (config.shape.has_batch_norm ? 2 : 0) +
                              (config.shape.dropout > 0.0 ? 1 : 0);
  const std::int64_t at_once = lanes_at_once(config, lanes.count(), ranks, 0);
  return std::int64_t{config.threads} * at_once * config.micro_batch * values * widths *
             float_bytes +
         static_cast<std::int64_t>(parameters) * (config.shape.has_batch_norm ? 2 : 1) *
             (float_bytes + rounded_bytes) +
         GradientSum::bytes(lanes.count(), Slices(parameters, ranks, 1), 0, config.threads,
                            at_once);
}

}  // namespace

std::int64_t lanes_at_once(const TrainerConfig& config, std::int64_t lanes, int ranks, int rank) {
  const std::int64_t own =
      lanes_of_thread(lanes_of_rank(lanes, ranks, rank), config.threads, 0).size();
  const std::int64_t most =
      std::min(own, nn::MlpKernel::most_at_once(config.shape, config.micro_batch,
                                                nn::KernelUse::training, config.precision));
  return static_cast<std::int64_t>(
      std::bit_floor(static_cast<std::uint64_t>(std::max(most, std::int64_t{1}))));
}

std::string MemoryPlan::text() const {
  const auto way = [](bool is_streamed) { return is_streamed ? "streamed" : "in memory"; };
  const std::string columns = streams_training == streams_validation
                                  ? fmt::format("columns {}", way(streams_training))
                                  : fmt::format("training columns {}, validation columns {}",
                                                way(streams_training), way(streams_validation));
  const std::string limit =
      limit_bytes > 0 ? fmt::format(" of {} that a rank may use", base::human_bytes(limit_bytes))
                      : "";
  return fmt::format("{}: {} on rank 0, with the network {}{}", columns,
                     base::human_bytes(column_bytes), base::human_bytes(bytes), limit);
}

mpi::Range validation_columns(const TrainerConfig& config, const ColumnSource& source, int ranks,
                              int rank) {
  return mpi::shifted(
      mpi::share_in_grains(source.validation.size(), config.micro_batch, ranks, rank),
      source.validation.begin);
}

MemoryPlan plan_memory(const TrainerConfig& config, const ColumnSource& source, int ranks) {
  const Lanes lanes(source.train.size(), config.batch, config.micro_batch, config.seed);
  const std::int64_t each = bytes_of_column(source, config.precision);
  const std::int64_t training = lanes.columns_of(lanes_of_rank(lanes.count(), ranks, 0)).size();
  const std::int64_t validation = validation_columns(config, source, ranks, 0).size();
  const std::int64_t network = network_bytes(config, lanes, ranks);
  const std::int64_t limit = config.memory_bytes;
  const auto plan = [&](bool streams_training, bool streams_validation) {
    const std::int64_t bytes =
        (streams_training
             ? bytes_of_stream(lanes, source, config.precision, ranks, 0) + training * label_bytes
             : training * each) +
        validation * (streams_validation ? label_bytes : each);
    return MemoryPlan{streams_training, streams_validation, bytes, network + bytes, limit};
  };
  const MemoryPlan held = plan(false, false);
  if (limit == 0 || held.bytes <= limit) return held;
  // Few columns fill no two windows of each lane.
  const bool streams = plan(true, true).bytes < plan(false, true).bytes;
  const MemoryPlan least = plan(streams, true);
  if (least.bytes > limit)
    throw base::Error(
        base::ErrorKind::usage,
        fmt::format("a rank may use {}, and needs {} even when columns are streamed",
                    base::human_bytes(limit), base::human_bytes(least.bytes)),
        {.hint = fmt::format("use --memory {}M, more ranks, fewer threads or a smaller --batch",
                             (least.bytes >> 20) + 1)});
  const bool holds_validation = validation * each <= (limit - least.bytes) / 2;
  return plan(streams, !holds_validation);
}

}  // namespace colonnade::train
