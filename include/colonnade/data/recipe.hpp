#pragma once

#include <colonnade/data/classes.hpp>
#include <colonnade/data/encoding.hpp>
#include <colonnade/data/source_form.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::data {

/// A variable of the raw files: the column dimension first, then `shape`.
struct RawVariable {
  std::string name;
  std::vector<std::int64_t> shape;  ///< without the column dimension
  std::vector<std::string>
      dimensions;  ///< names of `shape`'s dimensions, empty where the file has none
  std::vector<std::string>
      feature_names;  ///< names along the last dimension of a grouped variable, or empty
  std::vector<std::string> feature_units;  ///< units along the last dimension, or empty
  std::string units;
  std::string long_name;
  /// A value with a name: of flag_values and flag_meanings.
  struct Flag {
    double value;
    std::string meaning;
    bool operator==(const Flag&) const = default;
  };
  std::vector<Flag> flags{};
  /// Its missing values are handed on as NaN, whatever the policy: what becomes of the values knows
  /// what to do with them. No recipe stores it; prepare sets it.
  bool keeps_missing = false;
  /// No policy fills its missing values: a class is not a number. No recipe stores it, either.
  bool is_class = false;

  /// Values of one column.
  [[nodiscard]] std::int64_t width() const;
  bool operator==(const RawVariable&) const = default;
};

/// A feature that was left out of an array because it never changes.
struct ConstantFeature {
  Feature feature;
  std::int64_t place;  ///< among the raw values of a column
  double value;        ///< as in the raw files

  bool operator==(const ConstantFeature&) const = default;
};

/// One array of the prepared file: which raw values make its row, in which order, and how they are
/// encoded.
struct ArrayRecipe {
  std::string name;  ///< "x", "y", "edge"
  std::vector<std::int64_t>
      shape;  ///< of one column's row: {4128}, or {138, 20} in the levels layout
  /// For each value of the row its place among the raw values of a column (all raw variables one
  /// after the other, row-major), or -1 for a padded zero. Where y holds classes, the place of
  /// each one's own value (dense), or of the first of the values that tell them (sparse).
  std::vector<std::int64_t> places;
  Encoding encoding;
  std::vector<ConstantFeature> constants{};

  bool operator==(const ArrayRecipe&) const = default;
};

/// All that turns raw columns into the network's numbers and its outputs into physical ones: kept
/// in every prepared file and in every model.
struct Recipe {
  std::string layout;      ///< "flat" or "levels"
  std::string column_dim;  ///< name of the column dimension in the raw files
  std::vector<RawVariable> inputs;
  std::vector<RawVariable> targets;
  std::vector<ArrayRecipe> arrays;     ///< made from inputs: x (and edge); made from targets: y
  std::optional<Classes> classes{};    ///< that the target tells; nothing: y holds numbers
  std::optional<SourceForm> source{};  ///< of a described source

  /// The array of that name; throws std::logic_error if there is none.
  [[nodiscard]] const ArrayRecipe& array(const std::string& name) const;
  [[nodiscard]] ArrayRecipe& array(const std::string& name);
  /// Bytes of one column's rows in all arrays.
  [[nodiscard]] std::int64_t row_bytes() const;
  /// JSON text, doubles in full; from_text(text()) is equal.
  [[nodiscard]] std::string text() const;
  /// Throws a data error naming `file` when the text is not a recipe.
  static Recipe from_text(const std::string& text, const std::string& file);

  bool operator==(const Recipe&) const = default;
};

/// What the probabilities of the classes are called that the recipe's only target NAME tells:
/// NAME_probability.
std::string probability_name(const Recipe& recipe);

}  // namespace colonnade::data
