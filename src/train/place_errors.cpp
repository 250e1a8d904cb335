#include <colonnade/mpi/ordered_fold.hpp>
#include <colonnade/train/keyed_rows.hpp>
#include <colonnade/train/place_errors.hpp>

#include <cmath>
#include <limits>
#include <utility>

namespace colonnade::train {

namespace {

/// A row: the columns, then these of each target and level.
enum Field : std::size_t { mean, squares, squared, absolute, plain, fields };

/// Chan, Golub and LeVeque (1979) for mean and squares; the other fields are sums.
void merge(std::span<double> state, std::span<const double> next) {
  const double total = state.front() + next.front();
  for (std::size_t at = 1; at < state.size(); at += fields) {
    const auto to = state.subspan(at, fields);
    const auto from = next.subspan(at, fields);
    const double delta = from[mean] - to[mean];
    to[mean] += delta * (next.front() / total);
    to[squares] += from[squares] + delta * delta * (state.front() * next.front() / total);
    for (std::size_t f = squared; f < fields; ++f) to[f] += from[f];
  }
  state.front() = total;
}

/// What is summed over places, and then over levels.
enum Sum : std::size_t { maes, rmses, biases, r2s, counted, counted_r2, sums };

void add_place(std::span<double> record, std::span<const double> state) {
  const double columns = state.front();
  for (std::size_t level = 0; level * sums < record.size(); ++level) {
    const auto from = state.subspan(1 + level * fields, fields);
    const auto to = record.subspan(level * sums, sums);
    to[maes] = from[absolute] / columns;
    to[rmses] = std::sqrt(from[squared] / columns);
    to[biases] = from[plain] / columns;
    to[counted] = 1.0;
    if (from[squares] == 0.0) continue;
    to[r2s] = 1.0 - from[squared] / from[squares];
    to[counted_r2] = 1.0;
  }
}

PlaceMeans means_of(std::span<const double> of) {
  return {.mae = of[maes] / of[counted],
          .rmse = of[rmses] / of[counted],
          .bias = of[biases] / of[counted],
          .r2 = of[counted_r2] > 0 ? of[r2s] / of[counted_r2]
                                   : std::numeric_limits<double>::quiet_NaN(),
          .r2_percent = 100.0 * of[counted_r2] / of[counted]};
}

}  // namespace

PlaceSums::PlaceSums(const mpi::Communicator& comm, std::int64_t places,
                     std::vector<data::FeatureRun> targets, std::size_t quantities)
    : comm_(comm),
      places_(places),
      targets_(std::move(targets)),
      quantities_(quantities),
      levels_(targets_.back().first + targets_.back().count),
      fold_(comm, places, 1 + levels_ * fields, merge) {}

void PlaceSums::add_round(std::span<const std::int64_t> sources, std::span<const float> truth,
                          std::span<const float> model) {
  std::vector<std::int64_t> places;
  for (const auto source : sources) places.push_back(source % places_);
  KeyedRows rows(places, 1 + levels_ * fields);
  std::vector<double> one(1 + levels_ * fields);
  one.front() = 1.0;
  for (std::size_t c = 0; c < sources.size(); ++c) {
    for (std::size_t q = 0; q < levels_; ++q) {
      const auto value = static_cast<double>(truth[c * quantities_ + q]);
      const double error = static_cast<double>(model[c * quantities_ + q]) - value;
      const auto to = std::span(one).subspan(1 + q * fields, fields);
      to[mean] = value;
      to[squared] = error * error;
      to[absolute] = std::abs(error);
      to[plain] = error;
    }
    merge(rows.of_column(c), one);
  }
  fold_.add_round(rows.keys(), rows.rows());
}

PlaceErrors PlaceSums::result(std::span<const double> weights) const {
  mpi::OrderedFold over_places(comm_, static_cast<std::int64_t>(levels_ + 1),
                               std::vector<double>(sums), add_row);
  for (std::int64_t first = 0; first < places_; first += comm_.size()) {
    const std::int64_t place = first + comm_.rank();
    std::vector<double> record;
    if (place < places_) {
      record.resize((levels_ + 1) * sums);
      const auto state = fold_.state(place);
      if (state.front() > 0) {
        add_place(std::span(record).first(levels_ * sums), state);
        record[levels_ * sums] = 1.0;
      }
    }
    over_places.add_round(record);
  }
  const auto folded = over_places.result();
  PlaceErrors errors{.places = static_cast<std::int64_t>(folded[levels_ * sums]),
                     .variables = {},
                     .all_targets = {}};
  std::vector<double> all(sums);
  for (std::size_t v = 0; v < targets_.size(); ++v) {
    std::vector<double> of(sums);
    for (std::size_t q = targets_[v].first; q < targets_[v].first + targets_[v].count; ++q)
      add_row(of, std::span(folded).subspan(q * sums, sums));
    errors.variables.push_back(means_of(of));
    for (std::size_t f = 0; f < sums; ++f) all[f] += weights[v] * of[f];
  }
  errors.all_targets = means_of(all);
  return errors;
}

}  // namespace colonnade::train
