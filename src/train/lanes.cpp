#include <colonnade/base/error.hpp>
#include <colonnade/base/permutation.hpp>
#include <colonnade/train/lanes.hpp>

#include <fmt/format.h>

#include <algorithm>

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

void Lanes::select(std::int64_t epoch, std::int64_t step, std::int64_t lane,
                   std::vector<std::int64_t>& columns) const {
  const mpi::Range own = mpi::share(columns_, count_, lane);
  const auto key = static_cast<std::uint64_t>(epoch + 1) << 32 | static_cast<std::uint64_t>(lane);
  const base::Permutation order(own.size(), seed_, key);
  columns.resize(static_cast<std::size_t>(valid_columns(step, lane)));
  for (std::size_t i = 0; i < columns.size(); ++i)
    columns[i] = own.begin + order(step * micro_batch_ + static_cast<std::int64_t>(i));
}

mpi::Range lanes_of_thread(mpi::Range lanes_of_rank, int threads, int thread) {
  const mpi::Range part = mpi::share(lanes_of_rank.size(), threads, thread);
  return {lanes_of_rank.begin + part.begin, lanes_of_rank.begin + part.end};
}

}  // namespace colonnade::train
