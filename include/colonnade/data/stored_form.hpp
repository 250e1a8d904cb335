#pragma once

#include <colonnade/io/row_source.hpp>

#include <nlohmann/json_fwd.hpp>

#include <limits>
#include <vector>

namespace colonnade::data {

/// How a file stores a variable's numbers (CF conventions 2.5.1 and 8.1): value = stored * scale +
/// offset, and what is missing, as it is stored.
struct StoredForm {
  double scale = 1.0, offset = 0.0;                    ///< scale_factor, add_offset
  std::vector<double> missing;                         ///< _FillValue and missing_value
  double least = -std::numeric_limits<double>::max();  ///< valid_range, or valid_min and valid_max
  double most = std::numeric_limits<double>::max();
  io::Stretch floats{};  ///< see io::VariableInfo
  /// What is added to negative stored numbers, 0 or a power of two: unsigned ones in a signed type
  /// (the attribute _Unsigned). `missing`, `least` and `most` have it already.
  double wrap = 0.0;
};

/// The form that a variable's attributes tell of. Throws a data error where they cannot unpack it.
StoredForm stored_form(const io::FileInfo& file, const io::VariableInfo& info);

void to_json(nlohmann::json& json, const StoredForm& form);
void from_json(const nlohmann::json& json, StoredForm& form);

}  // namespace colonnade::data
