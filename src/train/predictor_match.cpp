#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/train/predictor_match.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

void expect_same_array(const data::Encoding& model, const data::Encoding& prepared,
                       const std::string& file) {
  const std::string hint =
      "evaluate on the file that the model was trained with, or on one prepared "
      "alike";
  const auto refuse = [&](const char* what, std::size_t i, const std::string& value) {
    throw Error(ErrorKind::data, what,
                {.file = file, .variable = model.features[i].name, .value = value, .hint = hint});
  };
  for (std::size_t i = 0; i < model.width(); ++i) {
    if (i >= prepared.width()) refuse("the file has no such feature", i, "");
    const auto& mine = model.features[i];
    const auto& theirs = prepared.features[i];
    if (mine.name != theirs.name)
      refuse("the file has another feature in the place of the model's", i, theirs.name);
    if (!(model.transforms[i] == prepared.transforms[i]))
      refuse("the feature is not transformed as the model's", i,
             fmt::format("{} and {}", prepared.transforms[i].text(), model.transforms[i].text()));
    if (model.offset[i] != prepared.offset[i] || model.scale[i] != prepared.scale[i])
      refuse("the feature is not normalised as the model's", i,
             fmt::format("offset {} and {}, scale {} and {}", prepared.offset[i], model.offset[i],
                         prepared.scale[i], model.scale[i]));
  }
  if (prepared.width() > model.width())
    throw Error(ErrorKind::data, "the model does not know the feature",
                {.file = file, .variable = prepared.features[model.width()].name, .hint = hint});
}

}  // namespace

void expect_same_encoding(const data::Recipe& model, const data::Recipe& prepared,
                          const std::string& data_file) {
  if (model.layout != prepared.layout)
    throw Error(ErrorKind::data, "the layout is not the model's",
                {.file = data_file,
                 .value = fmt::format("{} and {}", prepared.layout, model.layout),
                 .hint = "prepare the columns with the model's --layout"});
  if (model.classes != prepared.classes)
    throw Error(ErrorKind::data, "the classes are not the model's",
                {.file = data_file,
                 .hint = "evaluate on the file that the model was trained with, or on one prepared "
                         "alike"});
  for (const char* name : {"x", "y"})
    expect_same_array(model.array(name).encoding, prepared.array(name).encoding, data_file);
}

void expect_same_inputs(const data::Recipe& model, const data::RawSet& set) {
  const auto& file = set.files.front().path;
  for (std::size_t v = 0; v < model.inputs.size(); ++v) {
    const auto& mine = model.inputs[v];
    const auto& theirs = set.variables.at(v);
    if (mine.shape != theirs.shape)
      throw Error(ErrorKind::data, "the variable has not the shape that the model wants",
                  {.file = file,
                   .variable = mine.name,
                   .value = fmt::format("({}) and ({}) a column", fmt::join(theirs.shape, ", "),
                                        fmt::join(mine.shape, ", "))});
  }
  const auto mine = data::features_of(model.inputs), theirs = data::features_of(set.variables);
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (mine[i].name != theirs[i].name)
      throw Error(ErrorKind::data, "the file has another feature in the place of the model's",
                  {.file = file,
                   .variable = mine[i].name,
                   .value = theirs[i].name,
                   .hint = "bring the features into the order of the files that the model was "
                           "trained with"});
    const bool both_tell = mine[i].units != "1" && theirs[i].units != "1";
    if (both_tell && mine[i].units != theirs[i].units)
      throw Error(ErrorKind::data, "the feature has not the units that the model wants",
                  {.file = file,
                   .variable = mine[i].name,
                   .value = fmt::format("{} and {}", theirs[i].units, mine[i].units)});
  }
}

}  // namespace colonnade::train
