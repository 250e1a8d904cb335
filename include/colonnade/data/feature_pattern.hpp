#pragma once

#include <colonnade/data/feature.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::data {

/// A word that names features: "q" (all levels), "q[12]", "q[40:137]" (40 to 136), or the raw
/// variable that holds them, "sca_inputs".
class FeaturePattern {
 public:
  /// Throws a usage error when the word is none of these.
  explicit FeaturePattern(const std::string& word);

  /// Whether the word names the feature, held by the raw variable `raw_name`.
  bool matches(const Feature& feature, const std::string& raw_name);
  /// Throws a usage error when the word named none of `features`, all of which it was asked for;
  /// `owner` is who has them, "the inputs".
  void expect_used(const std::vector<Feature>& features, const std::string& owner) const;

 private:
  std::string text_, name_;
  std::optional<mpi::Range> levels_;
  bool is_used_ = false;
  std::int64_t levels_known_ = 0;  ///< of the features of that name
};

/// A word and what it gives the features that it names: "q[0:40]=0.5".
struct FeatureFactor {
  FeaturePattern pattern;
  double factor;
};

/// Reads words such as "q=2" and "q[0:40]=0.5"; throws a usage error naming `option` when one is
/// not a pattern, an equals sign and a finite number, at least 0, or two have the same pattern.
std::vector<FeatureFactor> parse_factors(const std::vector<std::string>& words,
                                         const std::string& option);

/// For each feature the product of the factors whose words name it; 1 where none does. Throws the
/// usage error of expect_used, unless `owner` is "".
std::vector<double> factors_of(std::vector<FeatureFactor> factors,
                               const std::vector<Feature>& features, const std::string& owner);

}  // namespace colonnade::data
