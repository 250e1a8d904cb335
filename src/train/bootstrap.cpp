#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/bootstrap.hpp>
#include <colonnade/train/error_sums.hpp>
#include <colonnade/train/keyed_rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace colonnade::train {

namespace {

/// A row: the columns, then these of each variable, then each quantity's sum of deviations from its
/// centre.
enum Field : std::size_t { truth_size, squared, absolute, plain, deviations_squared, fields };

constexpr std::array metrics{&QuantityErrors::mae, &QuantityErrors::percent, &QuantityErrors::rmse,
                             &QuantityErrors::bias, &QuantityErrors::r2};
constexpr std::size_t first_variable = 1;

/// Errors of the columns that a row of sums is of, variable by variable.
std::vector<QuantityErrors> errors_of(std::span<const double> sums,
                                      const std::vector<data::FeatureRun>& variables) {
  std::vector<QuantityErrors> errors;
  const double columns = sums.front();
  const auto deviations = sums.subspan(first_variable + variables.size() * fields);
  for (std::size_t v = 0; v < variables.size(); ++v) {
    const auto of = sums.subspan(first_variable + v * fields, fields);
    QuantityErrors one;
    one.count = columns * static_cast<double>(variables[v].count);
    one.truth_absolute = of[truth_size];
    one.predictors = {{of[squared], of[absolute], of[plain]}};
    // Squared deviations from the mean follow from those from the centre.
    one.truth_squares = of[deviations_squared];
    for (const double deviation : deviations.subspan(variables[v].first, variables[v].count))
      one.truth_squares -= deviation * deviation / columns;
    if (one.truth_squares < 1e-12 * of[deviations_squared]) one.truth_squares = 0.0;  // rounding
    errors.push_back(std::move(one));
  }
  return errors;
}

/// Draws blocks and adds up their rows, those of `blocks` that hold columns.
std::vector<double> draw(std::span<const std::span<const double>> blocks, std::uint64_t seed,
                         std::int64_t replicate) {
  base::Random random(seed, base::Purpose::bootstrap, static_cast<std::uint64_t>(replicate));
  std::vector<double> times(blocks.size());
  const auto count = static_cast<double>(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i)
    times[std::min(blocks.size() - 1, static_cast<std::size_t>(random.uniform() * count))] += 1.0;
  std::vector<double> sums(blocks.front().size());
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t f = 0; times[b] > 0 && f < sums.size(); ++f)
      sums[f] += times[b] * blocks[b][f];
  return sums;
}

constexpr Interval not_known{std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::quiet_NaN()};

/// The quantile between sorted values, interpolated linearly.
double quantile(std::span<const double> sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

Interval interval_of(std::vector<double> values, double confidence) {
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); }))
    return not_known;
  std::sort(values.begin(), values.end());
  return {quantile(values, (1.0 - confidence) / 2), quantile(values, (1.0 + confidence) / 2)};
}

}  // namespace

std::int64_t default_block_columns(mpi::Range sources) {
  return std::max<std::int64_t>(32, mpi::pieces(sources.size(), 512));
}

void expect_blocks(mpi::Range sources, const BootstrapOptions& options) {
  if (options.replicates == 0 || options.block_columns == 0) return;
  const auto blocks = mpi::pieces(sources.size(), options.block_columns);
  if (blocks > BlockSums::most_blocks)
    throw base::Error(
        base::ErrorKind::usage, "the blocks of the bootstrap are too small",
        {.value = fmt::format("{} blocks of {} columns", blocks, options.block_columns),
         .hint = fmt::format("{} columns and more make {} blocks at most",
                             mpi::pieces(sources.size(), BlockSums::most_blocks),
                             BlockSums::most_blocks)});
}

Resampled resample(const mpi::Communicator& comm, std::span<const double> states, std::size_t width,
                   const BootstrapOptions& options, const NumbersOfSums& numbers) {
  std::vector<std::span<const double>> blocks;
  for (std::size_t at = 0; at < states.size(); at += width)
    if (states[at] > 0) blocks.push_back(states.subspan(at, width));
  const auto mine = mpi::share(options.replicates, comm.size(), comm.rank());
  const auto part = mpi::agreed(comm, "bootstrap", [&] {
    std::vector<double> values;
    for (std::int64_t replicate = mine.begin; replicate < mine.end; ++replicate) {
      const auto found = numbers(draw(blocks, options.seed, replicate));
      values.insert(values.end(), found.begin(), found.end());
      mpi::tick();
    }
    return values;
  });
  const auto all = comm.concatenate(std::span<const double>(part));
  const std::size_t count = all.size() / static_cast<std::size_t>(options.replicates);
  Resampled resampled{static_cast<std::int64_t>(blocks.size()), {}};
  for (std::size_t number = 0; number < count; ++number) {
    std::vector<double> values;
    for (std::size_t at = number; at < all.size(); at += count) values.push_back(all[at]);
    // One block alone: always the same columns.
    resampled.intervals.push_back(
        blocks.size() < 2 ? not_known : interval_of(std::move(values), options.confidence));
  }
  return resampled;
}

BlockSums::BlockSums(const mpi::Communicator& comm, mpi::Range sources, std::int64_t block_columns,
                     std::vector<data::FeatureRun> variables, std::vector<float> centres)
    : comm_(comm),
      sources_(sources),
      block_columns_(block_columns),
      variables_(std::move(variables)),
      centres_(std::move(centres)),
      fold_(comm, mpi::pieces(sources.size(), block_columns),
            first_variable + variables_.size() * fields + centres_.size(), add_row) {}

void BlockSums::add_round(std::span<const std::int64_t> sources, std::span<const float> truth,
                          std::span<const float> model) {
  std::vector<std::int64_t> blocks;
  for (const auto source : sources) blocks.push_back((source - sources_.begin) / block_columns_);
  const std::size_t first_deviation = first_variable + variables_.size() * fields;
  KeyedRows rows(blocks, first_deviation + centres_.size());
  for (std::size_t c = 0; c < sources.size(); ++c) {
    const auto row = rows.of_column(c);
    row.front() += 1.0;
    for (std::size_t v = 0; v < variables_.size(); ++v) {
      const auto sums = row.subspan(first_variable + v * fields, fields);
      const std::size_t first = variables_[v].first;
      for (std::size_t q = first; q < first + variables_[v].count; ++q) {
        const std::size_t at = c * centres_.size() + q;
        const auto value = static_cast<double>(truth[at]);
        const double error = static_cast<double>(model[at]) - value;
        const double deviation = value - static_cast<double>(centres_[q]);
        sums[truth_size] += std::abs(value);
        sums[squared] += error * error;
        sums[absolute] += std::abs(error);
        sums[plain] += error;
        sums[deviations_squared] += deviation * deviation;
        row[first_deviation + q] += deviation;
      }
    }
  }
  fold_.add_round(rows.keys(), rows.rows());
}

Bootstrap BlockSums::result(const BootstrapOptions& options,
                            std::span<const double> weights) const {
  const std::size_t width = first_variable + variables_.size() * fields + centres_.size();
  const auto found = resample(comm_, fold_.result(), width, options, [&](auto sums) {
    auto errors = errors_of(sums, variables_);
    errors.push_back(pooled(errors, weights));
    std::vector<double> values;
    for (const auto& one : errors)
      for (const auto metric : metrics) values.push_back((one.*metric)(0));
    return values;
  });
  Bootstrap bootstrap{
      .options = options, .blocks = found.blocks, .variables = {}, .all_targets = {}};
  bootstrap.options.block_columns = block_columns_;
  for (std::size_t at = 0; at < found.intervals.size(); at += metrics.size()) {
    const auto of = std::span(found.intervals).subspan(at, metrics.size());
    bootstrap.variables.push_back({of[0], of[1], of[2], of[3], of[4]});
  }
  bootstrap.all_targets = bootstrap.variables.back();
  bootstrap.variables.pop_back();
  return bootstrap;
}

}  // namespace colonnade::train
