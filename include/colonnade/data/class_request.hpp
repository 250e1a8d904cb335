#pragma once

#include <colonnade/data/recipe.hpp>

#include <string>
#include <vector>

namespace colonnade::data {

/// Classes as a user asks for them, before the target is known.
struct ClassRequest {
  Classes::Kind kind = Classes::Kind::one;
  std::vector<Classes::Class> classes{};
  bool has_values = false;  ///< told by the user; else the classes are numbered from 0
  bool has_names = false;   ///< likewise; else numbers are their names

  /// Reads "5" (numbered classes), "water, forest" (names, numbered), or "clear: 100, cloud:
  /// 200..245 250, rest: *" (names and their raw values; * is whatever no other has). Throws a
  /// usage error that names the option.
  static ClassRequest parse(const std::string& text, Classes::Kind kind);
};

/// Has y of the flat layout hold the classes that the recipe's only target tells: a feature of the
/// class's name for each, 0 or 1.
///
/// A target with a value for each class is dense, unless the request gives raw values; any other is
/// sparse. Numbered classes take the names of the target's flags, where these have their values.
/// Throws a usage error when there are several targets, a data error when the target's width fits
/// no form.
void set_classes(Recipe& recipe, const ClassRequest& request);

}  // namespace colonnade::data
