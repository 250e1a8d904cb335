#include <colonnade/base/error.hpp>
#include <colonnade/data/feature_pattern.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
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

}  // namespace colonnade::data
