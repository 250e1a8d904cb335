#include <colonnade/base/error.hpp>
#include <colonnade/data/feature_pattern.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

FeaturePattern::FeaturePattern(const std::string& word)
    : text_(word), name_(word.substr(0, word.find('['))) {
  const auto open = word.find('[');
  if (open == std::string::npos) return;
  mpi::Range range;
  const char* end = word.data() + word.size();
  auto read = std::from_chars(word.data() + open + 1, end, range.begin);
  range.end = range.begin + 1;
  if (read.ec == std::errc() && read.ptr != end && *read.ptr == ':')
    read = std::from_chars(read.ptr + 1, end, range.end);
  if (read.ec != std::errc() || read.ptr + 1 != end || *read.ptr != ']' || range.empty())
    throw Error(ErrorKind::usage, "not a feature",
                {.value = word, .hint = "write NAME, NAME[LEVEL] or NAME[FIRST:END]"});
  levels_ = range;
}

bool FeaturePattern::matches(const Feature& feature, const std::string& raw_name) {
  if (name_ != feature.variable && name_ != raw_name) return false;
  levels_known_ = std::max(levels_known_, feature.level + 1);
  const bool here = !levels_ || levels_->contains(feature.level);
  is_used_ = is_used_ || here;
  return here;
}

void FeaturePattern::expect_used(const std::vector<Feature>& features,
                                 const std::string& owner) const {
  if (levels_ && levels_known_ > 0 && levels_->end > levels_known_)
    throw Error(ErrorKind::usage, "no such level",
                {.value = text_,
                 .hint = fmt::format("{} has levels 0 to {}; a range ends before its second number",
                                     name_, levels_known_ - 1)});
  if (is_used_) return;
  std::set<std::string> names;
  for (const auto& feature : features) names.insert(feature.variable);
  std::string known;
  for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
  throw Error(ErrorKind::usage, "no such feature",
              {.value = text_, .hint = fmt::format("{} have {}", owner, known)});
}

std::vector<FeatureFactor> parse_factors(const std::vector<std::string>& words,
                                         const std::string& option) {
  std::vector<FeatureFactor> factors;
  std::set<std::string> names;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    double factor = -1.0;
    if (equals != std::string::npos && equals > 0) {
      const char* const end = word.data() + word.size();
      const auto [stopped, error] = std::from_chars(word.data() + equals + 1, end, factor);
      if (error != std::errc() || stopped != end) factor = -1.0;
    }
    if (!(factor >= 0.0) || !std::isfinite(static_cast<float>(factor)))
      throw Error(ErrorKind::usage, option + " takes names and factors, at least 0",
                  {.value = word, .hint = "write it as NAME=2,NAME[0:40]=0.5"});
    const auto name = word.substr(0, equals);
    if (!names.insert(name).second)
      throw Error(ErrorKind::usage, option + " names a feature twice",
                  {.value = word, .hint = "give each name one factor"});
    factors.push_back({FeaturePattern(name), factor});
  }
  return factors;
}

std::vector<double> factors_of(std::vector<FeatureFactor> factors,
                               const std::vector<Feature>& features, const std::string& owner) {
  std::vector<double> products(features.size(), 1.0);
  for (auto& [pattern, factor] : factors) {
    for (std::size_t i = 0; i < features.size(); ++i)
      if (pattern.matches(features[i], "")) products[i] *= factor;
    if (!owner.empty()) pattern.expect_used(features, owner);
  }
  return products;
}

}  // namespace colonnade::data
