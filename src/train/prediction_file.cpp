#include "train/evaluation_pieces.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/prediction_file.hpp>
#include <colonnade/train/predictor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace colonnade::train {

using io::Dimension;
using io::Hdf5File;
using mpi::Range;

namespace {

/// The column dimension, then those of the raw variable, named after it where the raw file names
/// none.
std::vector<Dimension> dimensions_of(const data::RawVariable& target, const Dimension& columns) {
  std::vector<Dimension> dimensions{columns};
  for (std::size_t axis = 0; axis < target.shape.size(); ++axis) {
    const auto& name = target.dimensions[axis];
    dimensions.push_back(
        {name.empty() ? fmt::format("{}_dim{}", target.name, axis + 1) : name, target.shape[axis]});
  }
  return dimensions;
}

void write_header(Hdf5File& file, const data::Recipe& recipe, const Dimension& columns,
                  const std::map<std::string, std::string>& attributes) {
  for (const auto& target : recipe.targets) {
    file.create_dataset<float>(target.name, dimensions_of(target, columns));
    file.set_attribute(target.name, "units", target.units.empty() ? "1" : target.units);
    file.set_attribute(target.name, "long_name",
                       target.long_name.empty() ? "predicted " + target.name : target.long_name);
  }
  file.set_attribute("", "Conventions", "CF-1.8");
  for (const auto& [name, text] : attributes) file.set_attribute("", name, text);
}

}  // namespace

PredictionFile::PredictionFile(const mpi::Communicator& comm, const std::string& path,
                               const data::Recipe& recipe, std::int64_t columns,
                               const std::map<std::string, std::string>& attributes)
    : comm_(comm), targets_(recipe.targets) {
  for (const auto& target : targets_) width_ += target.width();
  base::expects(width_ == static_cast<std::int64_t>(recipe.array("y").encoding.width()),
                "targets stand whole in the array y");
  mpi::agreed_on_root(comm_, "output", [&] {
    base::fault_site(base::FaultSite::create, path);
    auto file = Hdf5File::create(path);
    write_header(file, recipe, {recipe.column_dim, columns}, attributes);
    file.close();
    constexpr std::int64_t header_bytes = std::int64_t{1} << 20;
    io::reserve_bytes(
        path, static_cast<std::uint64_t>(
                  header_bytes + columns * width_ * static_cast<std::int64_t>(sizeof(float))));
  });
  file_.emplace(Hdf5File::open_collective(comm_, path, Hdf5File::Access::write));
}

void PredictionFile::write_rows(Range columns, std::span<const float> rows) {
  base::expects(static_cast<std::int64_t>(rows.size()) == columns.size() * width_,
                "the buffer holds exactly the rows");
  std::size_t place = 0;
  for (const auto& target : targets_) {
    const auto width = static_cast<std::size_t>(target.width());
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(columns.size()) * width);
    for (std::size_t row = place; row < rows.size(); row += static_cast<std::size_t>(width_)) {
      const auto part = rows.subspan(row, width);
      values.insert(values.end(), part.begin(), part.end());
    }
    file_->write_rows(target.name, columns, std::span<const float>(values));
    place += width;
  }
}

void PredictionFile::close() {
  file_->close();
}

void predict(const mpi::Communicator& comm, const Model& model, const data::RawSet& set,
             data::MissingPolicy missing, int threads, PredictionFile& file,
             const base::ProgressSink& progress) {
  const std::size_t width = model.recipe.array("y").encoding.width();
  const auto raw_width = static_cast<std::size_t>(set.width());
  Team team(threads);
  auto predictor =
      mpi::agreed(comm, "prediction", [&] { return Predictor(model.shape, model.weights, team); });
  data::RawReader reader(comm, set, missing);
  const PieceRounds rounds(comm, {0, set.columns()}, set.width());
  // Read, computed and forgotten while they lie in the cache; written in large pieces.
  const std::int64_t at_once = 2 * Predictor::micro_batch * threads;
  std::vector<float> raw, y;
  for (std::int64_t round = 0; round < rounds.count(); ++round) {
    const Range piece = rounds.piece(round);
    mpi::agreed(comm, "prediction",
                [&] { y.resize(static_cast<std::size_t>(piece.size()) * width); });
    for (std::int64_t begin = 0; begin < rounds.length(); begin += at_once) {
      const std::int64_t first = std::min(piece.begin + begin, piece.end);
      const Range part{first, std::min(first + at_once, piece.end)};
      mpi::agreed(comm, "prediction",
                  [&] { raw.resize(static_cast<std::size_t>(part.size()) * raw_width); });
      reader.read(part, raw);
      mpi::agreed(comm, "prediction", [&] {
        base::fault_site(base::FaultSite::prediction);
        predict_rows(
            predictor, model.recipe, raw, raw_width, part.begin,
            std::span(y).subspan(static_cast<std::size_t>(part.begin - piece.begin) * width,
                                 static_cast<std::size_t>(part.size()) * width));
      });
    }
    file.write_rows(piece, y);
    if (progress) progress("predicting", rounds.done(round), set.columns());
  }
}

}  // namespace colonnade::train
