#include "train/ridge_gram.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::train {

using mpi::Range;

namespace {

constexpr std::int64_t tile_width = 256;

Eigen::Index index(std::int64_t value) {
  return static_cast<Eigen::Index>(value);
}

}  // namespace

RidgeGram::RidgeGram(const mpi::Communicator& comm, Team& team, std::vector<std::size_t> active,
                     std::size_t inputs, std::size_t outputs)
    : comm_(comm), team_(team), active_(std::move(active)), inputs_(inputs), outputs_(outputs) {
  plan();
}

int RidgeGram::rank_of(std::size_t tile) const {
  return static_cast<int>(tile / static_cast<std::size_t>(team_.size())) % comm_.size();
}

void RidgeGram::plan() {
  const auto rows = static_cast<std::int64_t>(1 + active_.size());
  const auto columns = rows + static_cast<std::int64_t>(outputs_);
  for (std::int64_t r = 0; r < rows; r += tile_width)
    for (std::int64_t c = r; c < columns; c += tile_width) {
      tiles_.push_back(
          {{r, std::min(rows, r + tile_width)}, {c, std::min(columns, c + tile_width)}, {}});
      auto& tile = tiles_.back();
      if (rank_of(tiles_.size() - 1) == comm_.rank())
        tile.sum.setZero(index(tile.rows.size()), index(tile.columns.size()));
    }
}

void RidgeGram::fill_rows(std::span<const float> x, std::span<const float> y, Range columns) {
  for (std::int64_t c = columns.begin; c < columns.end; ++c) {
    const float* const inputs = x.data() + static_cast<std::size_t>(c) * inputs_;
    const float* const targets = y.data() + static_cast<std::size_t>(c) * outputs_;
    double* const row = z_.row(index(c)).data();
    row[0] = 1.0;
    for (std::size_t i = 0; i < active_.size(); ++i)
      row[1 + i] = static_cast<double>(inputs[active_[i]]);
    for (std::size_t i = 0; i < outputs_; ++i)
      row[1 + active_.size() + i] = static_cast<double>(targets[i]);
  }
}

void RidgeGram::add(std::span<const float> x, std::span<const float> y) {
  const auto count = static_cast<std::int64_t>(x.size() / inputs_);
  z_.resize(index(count), index(static_cast<std::int64_t>(1 + active_.size() + outputs_)));
  const auto fill_error =
      team_.run([&](int member) { fill_rows(x, y, mpi::share(count, team_.size(), member)); });
  if (fill_error) throw *fill_error;
  const auto threads = static_cast<std::size_t>(team_.size());
  const auto error = team_.run([&](int member) {
    for (auto t = static_cast<std::size_t>(member); t < tiles_.size(); t += threads) {
      auto& tile = tiles_[t];
      if (rank_of(t) != comm_.rank()) continue;
      tile.sum.noalias() +=
          z_.middleCols(index(tile.rows.begin), index(tile.rows.size())).transpose() *
          z_.middleCols(index(tile.columns.begin), index(tile.columns.size()));
    }
  });
  if (error) throw *error;
}

Eigen::MatrixXd RidgeGram::gathered() const {
  std::vector<int> counts(static_cast<std::size_t>(comm_.size())), offsets(counts.size());
  std::vector<double> mine, all;
  Eigen::MatrixXd matrix;
  mpi::agreed(comm_, "normal equations", [&] {
    base::fault_site(base::FaultSite::normal_equations);
    std::int64_t total = 0;
    for (std::size_t t = 0; t < tiles_.size(); ++t) {
      const std::int64_t size = tiles_[t].rows.size() * tiles_[t].columns.size();
      auto& count = counts[static_cast<std::size_t>(rank_of(t))];
      count = mpi::count_of(count + size);
      total += size;
      const auto& sum = tiles_[t].sum;
      mine.insert(mine.end(), sum.data(), sum.data() + sum.size());
    }
    for (std::size_t r = 1; r < counts.size(); ++r) offsets[r] = offsets[r - 1] + counts[r - 1];
    if (!comm_.is_root()) return;
    all.resize(static_cast<std::size_t>(mpi::count_of(total)));
    const auto rows = index(static_cast<std::int64_t>(1 + active_.size()));
    matrix.setZero(rows, rows + index(static_cast<std::int64_t>(outputs_)));
  });
  {
    const mpi::Waiting waiting;
    MPI_Gatherv(mine.data(), mpi::count_of(static_cast<std::int64_t>(mine.size())), MPI_DOUBLE,
                all.data(), counts.data(), offsets.data(), MPI_DOUBLE, 0, comm_.handle());
  }
  if (!comm_.is_root()) return matrix;
  for (std::size_t t = 0; t < tiles_.size(); ++t) {
    const auto& [rows, columns, sum] = tiles_[t];
    auto& offset = offsets[static_cast<std::size_t>(rank_of(t))];
    matrix.block(index(rows.begin), index(columns.begin), index(rows.size()),
                 index(columns.size())) =
        Eigen::Map<const Eigen::MatrixXd>(all.data() + offset, index(rows.size()),
                                          index(columns.size()));
    offset += static_cast<int>(rows.size() * columns.size());
  }
  return matrix;
}

}  // namespace colonnade::train
