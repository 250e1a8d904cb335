#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/base/permutation.hpp>
#include <colonnade/train/lanes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <span>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

void check(std::int64_t columns, std::int64_t batch, std::int64_t micro_batch) {
  if (batch < 1 || micro_batch < 1)
    throw Error(
        ErrorKind::usage,
        fmt::format("a batch of {} columns in micro-batches of {} is none", batch, micro_batch),
        {.hint = "give --batch and --micro-batch positive values"});
  if (batch % micro_batch != 0)
    throw Error(ErrorKind::usage,
                fmt::format("--batch {} is not a multiple of --micro-batch {}", batch, micro_batch),
                {.hint = fmt::format("use --batch {}",
                                     (batch + micro_batch - 1) / micro_batch * micro_batch)});
  if (batch > columns)
    throw Error(
        ErrorKind::usage,
        fmt::format("--batch {} is larger than the training split of {} columns", batch, columns),
        {.hint = "use a smaller --batch, or prepare more columns"});
}

/// The key of an order among those of the same seed.
std::uint64_t key_of(std::initializer_list<std::int64_t> label) {
  return base::hash_values(std::span(label.begin(), label.size()));
}

/// The runs of a lane in the order of an epoch, one after the other.
class Layout {
 public:
  Layout(mpi::Range lane_columns, std::uint64_t seed, std::uint64_t key)
      : columns_(lane_columns),
        order_(mpi::pieces(columns_.size(), Lanes::run_columns), seed, key),
        missing_(order_.count() * Lanes::run_columns - columns_.size()),
        ragged_end_((order_.inverse(order_.count() - 1) + 1) * Lanes::run_columns - missing_) {}

  /// The columns from that at a place, in [0, columns of the lane), to the end of its run.
  [[nodiscard]] mpi::Range rest_of_run(std::int64_t place) const {
    const std::int64_t in_full_runs = place < ragged_end_ ? place : place + missing_;
    const std::int64_t run =
        columns_.begin + order_(in_full_runs / Lanes::run_columns) * Lanes::run_columns;
    return {run + in_full_runs % Lanes::run_columns,
            std::min(run + Lanes::run_columns, columns_.end)};
  }

 private:
  mpi::Range columns_;
  base::Permutation order_;
  std::int64_t missing_;     ///< columns that the lane's last run is short of
  std::int64_t ragged_end_;  ///< the place behind that run
};

}  // namespace

Lanes::Lanes(std::int64_t columns, std::int64_t batch, std::int64_t micro_batch, std::uint64_t seed)
    : columns_(columns), micro_batch_(micro_batch), seed_(seed) {
  check(columns, batch, micro_batch);
  count_ = batch / micro_batch;
}

std::int64_t Lanes::steps_per_epoch() const {
  return mpi::pieces(mpi::share(columns_, count_, 0).size(), micro_batch_);
}

mpi::Range Lanes::columns_of(mpi::Range lanes) const {
  if (lanes.empty()) return {0, 0};
  return {mpi::share(columns_, count_, lanes.begin).begin,
          mpi::share(columns_, count_, lanes.end - 1).end};
}

std::int64_t Lanes::valid_columns(std::int64_t step, std::int64_t lane) const {
  const std::int64_t left = mpi::share(columns_, count_, lane).size() - step * micro_batch_;
  return std::clamp(left, std::int64_t{0}, micro_batch_);
}

std::int64_t Lanes::valid_columns(std::int64_t step) const {
  const std::int64_t longer = columns_ % count_;
  const std::int64_t of_longer = longer == 0 ? 0 : valid_columns(step, 0);
  return longer * of_longer + (count_ - longer) * valid_columns(step, count_ - 1);
}

std::int64_t Lanes::windows_per_epoch() const {
  return mpi::pieces(steps_per_epoch(), window_steps);
}

mpi::Range Lanes::places_of_window(std::int64_t window, std::int64_t lane) const {
  const mpi::Range all{0, mpi::share(columns_, count_, lane).size()};
  return mpi::intersection(all, {window * window_columns(), (window + 1) * window_columns()});
}

std::vector<mpi::Range> Lanes::window(std::int64_t epoch, std::int64_t window,
                                      std::int64_t lane) const {
  const Layout layout(mpi::share(columns_, count_, lane), seed_, key_of({epoch, lane}));
  const mpi::Range places = places_of_window(window, lane);
  std::vector<mpi::Range> found;
  for (std::int64_t place = places.begin; place < places.end; place += found.back().size()) {
    const mpi::Range rest = layout.rest_of_run(place);
    found.push_back({rest.begin, std::min(rest.end, rest.begin + places.end - place)});
  }
  return found;
}

void Lanes::select_places(std::int64_t epoch, std::int64_t step, std::int64_t lane,
                          std::vector<std::int64_t>& places) const {
  places.resize(static_cast<std::size_t>(valid_columns(step, lane)));
  const std::int64_t window = step / window_steps;
  const std::int64_t first = step % window_steps * micro_batch_;
  const base::Permutation order(places_of_window(window, lane).size(), seed_,
                                key_of({epoch, lane, window}));
  for (std::size_t i = 0; i < places.size(); ++i)
    places[i] = order(first + static_cast<std::int64_t>(i));
}

void Lanes::select(std::int64_t epoch, std::int64_t step, std::int64_t lane,
                   std::vector<std::int64_t>& columns) const {
  select_places(epoch, step, lane, columns);
  const Layout layout(mpi::share(columns_, count_, lane), seed_, key_of({epoch, lane}));
  const std::int64_t begin = places_of_window(step / window_steps, lane).begin;
  for (auto& column : columns) column = layout.rest_of_run(begin + column).begin;
}

mpi::Range lanes_of_thread(mpi::Range lanes_of_rank, int threads, int thread) {
  const mpi::Range part = mpi::share(lanes_of_rank.size(), threads, thread);
  return {lanes_of_rank.begin + part.begin, lanes_of_rank.begin + part.end};
}

}  // namespace colonnade::train
