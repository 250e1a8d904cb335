#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace colonnade::train {

/// The values that a search tries for one option.
struct SearchDimension {
  enum class Form { list, uniform, log };
  std::string key;
  Form form = Form::list;
  std::vector<std::string> values{};  ///< of a list
  double low = 0.0, high = 0.0;       ///< of a distribution
};

/// Options and their values: one of the networks that a search trains.
using Configuration = std::vector<std::pair<std::string, std::string>>;

/// Reads "hidden=[(256,256),512] lr=[1e-3,3e-4]": values between commas, those that hold commas
/// themselves in parentheses; and "lr=log(1e-4,1e-2)" and "dropout=uniform(0,0.5)", from which
/// values are drawn. Throws a usage error that says what is wrong, and where.
std::vector<SearchDimension> search_space(const std::string& text);

/// Every combination of the lists' values, the last option's varying fastest. Throws a usage error
/// when values are to be drawn.
std::vector<Configuration> grid_of(const std::vector<SearchDimension>& space);

/// `count` draws, fewer where lists have no more combinations; none is drawn twice. Draw i of a
/// seed is the same on any machine; numbers are rounded to four digits.
std::vector<Configuration> draws_of(const std::vector<SearchDimension>& space, std::int64_t count,
                                    std::uint64_t seed);

}  // namespace colonnade::train
