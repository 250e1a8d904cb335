#include <colonnade/base/vectors.hpp>
#include <colonnade/data/moments.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace colonnade::data {

namespace {

enum Field : std::size_t { count, mean, squares, low, high, fields };

constexpr double infinity = std::numeric_limits<double>::infinity();
const std::vector<double> nothing = {0.0, 0.0, 0.0, infinity, -infinity};

void merge(std::span<double> state, std::span<const double> next) {
  if (next[count] == 0.0) return;
  const double total = state[count] + next[count];
  const double delta = next[mean] - state[mean];
  state[mean] += delta * (next[count] / total);
  state[squares] += next[squares] + delta * delta * (state[count] * next[count] / total);
  state[count] = total;
  state[low] = std::min(state[low], next[low]);
  state[high] = std::max(state[high], next[high]);
}

constexpr std::size_t tile = 256;  ///< features whose sums stay in the first cache

/// Moments of features [first, first + length) over the counted rows, into records of `fields`
/// doubles.
COLONNADE_VECTOR_WIDTHS void moments_of_tile(std::span<const float> rows,
                                             std::span<const char> counted, std::size_t width,
                                             std::size_t first, std::size_t length,
                                             double* record) {
  std::array<double, tile> number{}, sum{}, deviation{};
  std::array<float, tile> least{}, most{};
  least.fill(std::numeric_limits<float>::infinity());
  most.fill(-std::numeric_limits<float>::infinity());
  for (std::size_t r = 0; r < counted.size(); ++r) {
    if (counted[r] == 0) continue;
    const float* row = rows.data() + r * width + first;
    for (std::size_t i = 0; i < length; ++i) {
      const bool is_number = row[i] == row[i];
      number[i] += is_number ? 1.0 : 0.0;
      sum[i] += is_number ? static_cast<double>(row[i]) : 0.0;
      least[i] = row[i] < least[i] ? row[i] : least[i];
      most[i] = row[i] > most[i] ? row[i] : most[i];
    }
  }
  for (std::size_t i = 0; i < length; ++i) sum[i] /= std::max(number[i], 1.0);
  for (std::size_t r = 0; r < counted.size(); ++r) {
    if (counted[r] == 0) continue;
    const float* row = rows.data() + r * width + first;
    for (std::size_t i = 0; i < length; ++i) {
      const double d = row[i] == row[i] ? static_cast<double>(row[i]) - sum[i] : 0.0;
      deviation[i] += d * d;
    }
  }
  for (std::size_t i = 0; i < length; ++i) {
    double* out = record + i * fields;
    out[count] = number[i];
    out[mean] = sum[i];
    out[squares] = deviation[i];
    out[low] = static_cast<double>(least[i]);
    out[high] = static_cast<double>(most[i]);
  }
}

}  // namespace

std::int64_t columns_of_round(std::int64_t width) {
  constexpr std::int64_t values = std::int64_t{1} << 16;
  return std::max<std::int64_t>(1, values / width);
}

std::int64_t piece_columns(std::int64_t width) {
  constexpr std::int64_t most_bytes = std::int64_t{32} << 20;
  std::int64_t columns = 1024;
  while (columns > 1 && columns * width * 4 > most_bytes) columns /= 2;
  return columns;
}

Moments::Moments(const mpi::Communicator& comm, std::size_t width)
    : width_(width), fold_(comm, static_cast<std::int64_t>(width), nothing, merge) {}

void Moments::add_round(std::span<const float> rows, std::span<const char> counted,
                        bool has_piece) {
  if (!has_piece) {
    fold_.add_round({});
    return;
  }
  record_.resize(width_ * fields);
  for (std::size_t first = 0; first < width_; first += tile)
    moments_of_tile(rows, counted, width_, first, std::min(tile, width_ - first),
                    record_.data() + first * fields);
  fold_.add_round(record_);
}

Statistics Moments::result() const {
  const auto states = fold_.result();
  Statistics statistics;
  for (std::size_t i = 0; i < width_; ++i) {
    const double* state = states.data() + i * fields;
    const bool none = state[count] == 0.0;
    const bool constant = state[low] >= state[high];
    statistics.count.push_back(static_cast<std::int64_t>(state[count]));
    statistics.mean.push_back(constant && !none ? state[low] : state[mean]);
    statistics.std.push_back(constant ? 0.0 : std::sqrt(state[squares] / state[count]));
    statistics.min.push_back(none ? 0.0 : state[low]);
    statistics.max.push_back(none ? 0.0 : state[high]);
  }
  return statistics;
}

}  // namespace colonnade::data
