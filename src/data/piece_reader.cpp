#include "data/piece_reader.hpp"

#include <colonnade/base/finite.hpp>
#include <colonnade/data/moments.hpp>
#include <colonnade/data/row_gather.hpp>
#include <colonnade/mpi/activity.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace colonnade::data {

namespace {

/// What the raw reader does: what is missing is counted before it is replaced.
MissingPolicy when_read(MissingPolicy missing) {
  if (missing.kind != MissingPolicy::Kind::fail) missing.kind = MissingPolicy::Kind::keep;
  return missing;
}

}  // namespace

PieceReader::PieceReader(const mpi::Communicator& comm, const RawSet& set, MissingPolicy missing,
                         std::size_t inputs, Direction direction)
    : comm_(comm),
      set_(set),
      reader_(comm, set, when_read(missing)),
      direction_(direction),
      test_(set, inputs),
      piece_(std::max(piece_columns(set.width()), columns_of_round(set.width()))) {
  if (missing.kind == MissingPolicy::Kind::fill) fill_ = missing.fill;
}

std::int64_t PieceReader::rounds() const {
  return mpi::pieces(mpi::pieces(set_.columns(), piece_), comm_.size());
}

mpi::Range PieceReader::piece_of(std::int64_t round) const {
  if (direction_ == Direction::backwards) round = rounds() - 1 - round;
  const std::int64_t begin = (round * comm_.size() + comm_.rank()) * piece_;
  return mpi::intersection({begin, begin + piece_}, {0, set_.columns()});
}

void PieceReader::read(std::int64_t round, const ColumnOrder& order, const Wanted& wanted) {
  columns_ = piece_of(round);
  has_piece_ = !columns_.empty();
  const auto width = static_cast<std::size_t>(set_.width());
  raw_.resize(static_cast<std::size_t>(columns_.size()) * width);
  // The system reads ahead by itself of what comes in ascending order.
  if (direction_ == Direction::backwards) reader_.call_for(piece_of(round + 1));
  reader_.read(columns_, raw_);
  bytes_read_ += static_cast<std::int64_t>(raw_.size() * sizeof(float));
  if (fill_) fill_missing();
  positions_.clear();
  sources_.clear();
  for (std::int64_t column = columns_.begin; column < columns_.end; ++column) {
    const auto position = order.position(column);
    if (!position || (wanted && !wanted(*position))) continue;
    const std::size_t from = static_cast<std::size_t>(column - columns_.begin) * width;
    const std::size_t to = sources_.size() * width;  // kept rows close up
    if (to != from) std::copy_n(raw_.data() + from, width, raw_.data() + to);
    positions_.push_back(*position);
    sources_.push_back(column);
  }
  raw_.resize(sources_.size() * width);
}

void PieceReader::fill_missing() {
  std::vector<std::int64_t> missing(test_.variables());
  const auto width = static_cast<std::size_t>(set_.width());
  for (std::size_t i = 0; i < static_cast<std::size_t>(columns_.size()); ++i) {
    auto presence = Presence::all;
    if (!has_all(i)) {
      test_.count(raw_row(i), missing);
      presence = test_.presence(missing);
      test_.fill(std::span(raw_).subspan(i * width, width), *fill_);
    }
    ++presence_[static_cast<std::size_t>(presence)];
  }
}

std::span<const char> PieceReader::in_range(mpi::Range range) {
  flags_.clear();
  for (const std::int64_t position : positions_) flags_.push_back(range.contains(position) ? 1 : 0);
  return flags_;
}

std::span<const float> PieceReader::rows_of(const ArrayRecipe& array) {
  const mpi::InPhase here("arrange");
  const std::size_t width = array.places.size();
  const RowGather gather(array.places);
  const RowEncoder encoder(array.encoding);
  rows_.resize(sources_.size() * width);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto row = std::span(rows_).subspan(i * width, width);
    gather(raw_row(i), row);
    encoder.transform(row);
  }
  if (array.encoding.may_leave_numbers())
    mpi::agreed(comm_, "arrange", [&] { expect_finite(array); });
  return rows_;
}

void PieceReader::expect_finite(const ArrayRecipe& array) const {
  if (base::all_finite(rows_)) return;
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [](float value) { return !std::isfinite(value); });
  const auto at = static_cast<std::size_t>(found - rows_.begin());
  const std::size_t row = at / array.places.size(), feature = at % array.places.size();
  const float raw = raw_row(row)[static_cast<std::size_t>(array.places[feature])];
  throw located(transform_error(array.encoding, feature, raw, *found,
                                {.hint = "clip first, as in clip:1e-10:1|log"}),
                sources_[row], array.places[feature]);
}

std::span<const float> PieceReader::class_rows(const ArrayRecipe& array,
                                               const ClassEncoder& classes) {
  const std::size_t width = array.places.size();
  rows_.resize(sources_.size() * width);
  mpi::agreed(comm_, "arrange", [&] {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const auto row = std::span(rows_).subspan(i * width, width);
      if (const auto error = classes.encode(raw_row(i), row))
        throw located(*error, sources_[i], array.places.front());
    }
  });
  return rows_;
}

std::span<const float> PieceReader::raw_row(std::size_t i) const {
  const auto width = static_cast<std::size_t>(set_.width());
  return std::span(raw_).subspan(i * width, width);
}

bool PieceReader::has_all(std::size_t i) const {
  return base::all_finite(raw_row(i));
}

base::Error PieceReader::located(const base::Error& error, std::int64_t source,
                                 std::int64_t place) const {
  auto facts = error.facts();
  const auto at = set_.place_of(source, set_.variable_at(place));
  facts.file = at.file;
  facts.column = at.column;
  return {error.kind(), error.sentence(), facts};
}

}  // namespace colonnade::data
