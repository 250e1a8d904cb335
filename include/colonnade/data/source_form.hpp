#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::data {

/// Which variable of which files: `NAME`, or `NAME@VALUE`, from the files one of whose name's
/// fields is VALUE.
struct VariableReference {
  std::string name, value;

  static VariableReference parse(const std::string& text);
  [[nodiscard]] std::string text() const { return value.empty() ? name : name + '@' + value; }
};

/// A variable that is a difference of two: `tendency=after@mlo-before@mli`.
struct DerivedVariable {
  std::string name;
  VariableReference minuend, subtrahend;
};

/// What a sample must have, else all its values are missing: `DQF=0,1` (one of these values) or
/// `QA&6=0` (these bits of the value).
struct SampleMask {
  VariableReference variable;
  struct Interval {
    double low, high;  ///< both among them
  };
  std::int64_t bits = 0;  ///< of the value that count; 0: the value itself
  std::vector<Interval> values;
};

/// How raw files hold samples, where they are more than rows of a column dimension: what stays the
/// same for other files of the kind, and so is kept in models.
struct SourceForm {
  /// The dimensions along which samples lie. Files follow each other along the first, which the
  /// variables need not have: then each file is a step of it.
  std::vector<std::string> sample_dims;
  std::int64_t window = 1;               ///< steps of `window_dim` that make a sample
  std::int64_t stride = 1;               ///< steps from one sample to the next
  std::string window_dim;                ///< one of sample_dims; empty: the first
  std::vector<std::string> mean_over{};  ///< dimensions over which values are averaged
  std::string name_fields{};             ///< as NameFields reads it; empty: names say nothing
  std::vector<std::string> group_by{};   ///< fields; files with the same values belong together
  std::vector<std::string> derive{};     ///< as derived_variables reads them
  std::string mask{};                    ///< as sample_masks reads it
  std::vector<std::string> inputs{};     ///< references, one a variable of the recipe's inputs

  bool operator==(const SourceForm&) const = default;
};

/// A source as it is described, with what holds for these files alone.
struct SourceOptions {
  SourceForm form;
  std::string where{};  ///< conditions on the fields of names; empty: all files
  std::string label{};  ///< as Labels reads it; then the target "label" is a constant of each group
};

/// The name of the target that SourceOptions::label makes.
inline constexpr const char* label_name = "label";

/// Throw usage errors where the words, those of masks between blanks, are none of these.
std::vector<DerivedVariable> derived_variables(const std::vector<std::string>& words);
std::vector<SampleMask> sample_masks(const std::string& words);

void to_json(nlohmann::json& json, const SourceForm& form);
void from_json(const nlohmann::json& json, SourceForm& form);

}  // namespace colonnade::data
