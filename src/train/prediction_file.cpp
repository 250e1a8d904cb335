#include "train/evaluation_pieces.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/class_probability.hpp>
#include <colonnade/train/prediction_file.hpp>
#include <colonnade/train/predictor.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace colonnade::train {

using io::Dimension;
using io::Hdf5File;
using mpi::Range;

namespace {

using Kind = data::Classes::Kind;

/// The dimensions of the samples, then those of the raw variable, named after it where the raw file
/// names none.
std::vector<Dimension> dimensions_of(const data::RawVariable& target,
                                     std::vector<Dimension> dimensions) {
  for (std::size_t axis = 0; axis < target.shape.size(); ++axis) {
    const auto& name = target.dimensions[axis];
    dimensions.push_back(
        {name.empty() ? fmt::format("{}_dim{}", target.name, axis + 1) : name, target.shape[axis]});
  }
  return dimensions;
}

/// What a recipe's only target tells of classes.
struct ClassVariables {
  explicit ClassVariables(const data::Recipe& recipe)
      : target(recipe.targets.front().name),
        probability(data::probability_name(recipe)),
        decision(target + (recipe.classes->kind == Kind::one ? "_class" : "_labels")) {}

  std::string target, probability, decision;
};

template <typename T>
void describe_flags(Hdf5File& file, const std::string& variable,
                    const std::vector<std::string>& meanings) {
  std::vector<T> values(meanings.size());
  std::iota(values.begin(), values.end(), T{0});
  file.set_attribute(variable, "flag_values", std::span<const T>(values));
  file.set_attribute(variable, "flag_meanings", fmt::format("{}", fmt::join(meanings, " ")));
}

void write_class_header(Hdf5File& file, const data::Recipe& recipe,
                        const std::vector<Dimension>& samples) {
  const ClassVariables names(recipe);
  std::vector<std::string> texts, meanings;
  for (const auto& one : recipe.classes->classes) {
    texts.push_back(one.name);
    meanings.push_back(one.name);
    std::replace(meanings.back().begin(), meanings.back().end(), ' ', '_');
  }
  const bool is_taken = std::any_of(samples.begin(), samples.end(), [](const auto& dimension) {
    return dimension.name == "class";
  });
  const Dimension classes{is_taken ? names.target + "_classes" : "class",
                          static_cast<std::int64_t>(texts.size())};
  file.write_texts(classes.name, classes, texts);
  auto dimensions = samples;
  dimensions.push_back(classes);
  file.create_dataset<float>(names.probability, dimensions);
  file.set_attribute(names.probability, "units", "1");
  file.set_attribute(names.probability, "long_name",
                     "probability of the classes of " + names.target);
  if (recipe.classes->kind == Kind::one) {
    file.create_dataset<std::int32_t>(names.decision, samples);
    file.set_attribute(names.decision, "long_name", "most probable class of " + names.target);
    describe_flags<std::int32_t>(file, names.decision, meanings);
  } else {
    file.create_dataset<std::int8_t>(names.decision, dimensions);
    file.set_attribute(names.decision, "long_name", "predicted classes of " + names.target);
    describe_flags<std::int8_t>(file, names.decision, {"no", "yes"});
  }
}

void write_header(Hdf5File& file, const data::Recipe& recipe, const std::vector<Dimension>& samples,
                  const std::map<std::string, std::string>& attributes) {
  if (recipe.classes)
    write_class_header(file, recipe, samples);
  else
    for (const auto& target : recipe.targets) {
      file.create_dataset<float>(target.name, dimensions_of(target, samples));
      file.set_attribute(target.name, "units", target.units.empty() ? "1" : target.units);
      file.set_attribute(target.name, "long_name",
                         target.long_name.empty() ? "predicted " + target.name : target.long_name);
    }
  file.set_attribute("", "Conventions", "CF-1.8");
  for (const auto& [name, text] : attributes) file.set_attribute("", name, text);
}

/// Of values of which each column has `width`.
Range values_of(Range columns, std::size_t width) {
  const auto each = static_cast<std::int64_t>(width);
  return {columns.begin * each, columns.end * each};
}

/// The error of a column with the file that holds its variable, and the column in that file.
base::Error in_its_file(const base::Error& error, const data::RawSet& set,
                        const data::ArrayRecipe& inputs) {
  auto facts = error.facts();
  if (!facts.column) return error;
  const auto& features = inputs.encoding.features;
  const auto found = std::find_if(features.begin(), features.end(), [&](const auto& feature) {
    return feature.name == facts.variable;
  });
  const std::size_t variable =
      found == features.end()
          ? 0  // of a target, which has no place among the inputs
          : set.variable_at(inputs.places[static_cast<std::size_t>(found - features.begin())]);
  const auto at = set.place_of(*facts.column, variable);
  facts.file = at.file;
  facts.column = at.column;
  return {error.kind(), error.sentence(), facts};
}

}  // namespace

std::int64_t prediction_bytes(const data::Recipe& recipe, std::int64_t columns) {
  const auto width = static_cast<std::int64_t>(recipe.array("y").encoding.width());
  std::int64_t of_column = width * static_cast<std::int64_t>(sizeof(float));
  if (recipe.classes)
    of_column += recipe.classes->kind == Kind::one ? std::int64_t{sizeof(std::int32_t)} : width;
  return columns * of_column;
}

PredictionFile::PredictionFile(const mpi::Communicator& comm, const std::string& path,
                               data::Recipe recipe, std::vector<Dimension> samples,
                               double threshold,
                               const std::map<std::string, std::string>& attributes)
    : comm_(comm),
      recipe_(std::move(recipe)),
      threshold_(threshold),
      width_(recipe_.array("y").encoding.width()) {
  std::int64_t width = 0, columns = 1;
  for (const auto& target : recipe_.targets) width += target.width();
  for (const auto& dimension : samples) columns *= dimension.length;
  base::expects(recipe_.classes || width == static_cast<std::int64_t>(width_),
                "targets stand whole in the array y");
  mpi::agreed_on_root(comm_, "output", [&] {
    base::fault_site(base::FaultSite::create, path);
    auto file = Hdf5File::create(path);
    write_header(file, recipe_, samples, attributes);
    file.close();
    constexpr std::int64_t header_bytes = std::int64_t{1} << 20;
    io::reserve_bytes(
        path, static_cast<std::uint64_t>(header_bytes + prediction_bytes(recipe_, columns)));
  });
  file_.emplace(Hdf5File::open_collective(comm_, path, Hdf5File::Access::write));
}

void PredictionFile::write_rows(Range columns, std::span<const float> rows) {
  base::expects(rows.size() == static_cast<std::size_t>(columns.size()) * width_,
                "the buffer holds exactly the rows");
  if (recipe_.classes)
    write_classes(columns, rows);
  else
    write_targets(columns, rows);
}

void PredictionFile::write_targets(Range columns, std::span<const float> rows) {
  std::size_t place = 0;
  for (const auto& target : recipe_.targets) {
    const auto width = static_cast<std::size_t>(target.width());
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(columns.size()) * width);
    for (std::size_t row = place; row < rows.size(); row += width_) {
      const auto part = rows.subspan(row, width);
      values.insert(values.end(), part.begin(), part.end());
    }
    file_->write_flat(target.name, values_of(columns, width), std::span<const float>(values));
    place += width;
  }
}

void PredictionFile::write_classes(Range columns, std::span<const float> rows) {
  const ClassVariables names(recipe_);
  const auto kind = recipe_.classes->kind;
  std::vector<std::int8_t> members(rows.size());
  std::vector<std::int32_t> most_probable;
  for (std::size_t at = 0; at < rows.size(); at += width_) {
    const auto row = std::span(members).subspan(at, width_);
    decide(kind, rows.subspan(at, width_), threshold_, row);
    if (kind == Kind::one)
      most_probable.push_back(
          static_cast<std::int32_t>(std::find(row.begin(), row.end(), 1) - row.begin()));
  }
  const auto all = values_of(columns, width_);
  file_->write_flat(names.probability, all, rows);
  if (kind == Kind::one)
    file_->write_flat(names.decision, columns, std::span<const std::int32_t>(most_probable));
  else
    file_->write_flat(names.decision, all, std::span<const std::int8_t>(members));
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
  const std::int64_t in_round = data::columns_of_round(set.width());
  const PieceRounds rounds(comm, {0, set.columns()}, set.width(), in_round);
  // Read, computed and forgotten while they lie in the cache; written in large pieces.
  const std::int64_t at_once = std::max(2 * Predictor::micro_batch * threads,
                                        in_round / Predictor::micro_batch * Predictor::micro_batch);
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
        const auto mine =
            std::span(y).subspan(static_cast<std::size_t>(part.begin - piece.begin) * width,
                                 static_cast<std::size_t>(part.size()) * width);
        try {
          predict_rows(predictor, model.recipe, raw, raw_width, part.begin, mine);
        } catch (const base::Error& error) {
          throw in_its_file(error, set, model.recipe.array("x"));
        }
      });
    }
    file.write_rows(piece, y);
    if (progress) progress("predicting", rounds.done(round), set.columns());
  }
}

}  // namespace colonnade::train
