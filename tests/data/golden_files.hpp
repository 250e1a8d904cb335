#pragma once

#include "data/reference_options.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace colonnade::data::golden {

/// A file of reference values and the raw file that they were computed from.
struct Pair {
  std::string name;
  std::string raw;
  std::string reference;
};

/// The folder that COLONNADE_SHARED names, or the one beside the source tree.
inline std::string shared_folder() {
  const char* chosen = std::getenv("COLONNADE_SHARED");
  return chosen != nullptr ? chosen : COLONNADE_SHARED_DEFAULT;
}

/// All golden/KIND_NAME.h5 that have their data/3dcorrection_NAME.nc, by name.
inline std::vector<Pair> pairs(const std::string& kind) {
  namespace fs = std::filesystem;
  const fs::path shared = shared_folder();
  std::vector<Pair> found;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(shared / "golden", absent)) {
    const std::string stem = entry.path().stem();
    if (entry.path().extension() != ".h5" || stem.rfind(kind + "_", 0) != 0) continue;
    const std::string name = stem.substr(kind.size() + 1);
    const auto raw = shared / "data" / ("3dcorrection_" + name + ".nc");
    if (fs::exists(raw)) found.push_back({name, raw, entry.path()});
  }
  std::sort(found.begin(), found.end(),
            [](const Pair& a, const Pair& b) { return a.name < b.name; });
  return found;
}

/// prepare --no-shuffle --split 1,0,0 --normalize none of one raw file.
inline PrepareOptions plain_options(const std::string& raw, const std::string& out) {
  auto options = reference_options({raw}, out);
  options.shuffle = false;
  options.split = {1.0, 0.0, 0.0};
  options.normalisation = Normalisation::none;
  return options;
}

}  // namespace colonnade::data::golden

/// Ends the test, and says so loudly, where there are no reference files of this kind.
#define COLONNADE_GOLDEN_PAIRS(pairs, kind)                                                        \
  const auto pairs = colonnade::data::golden::pairs(kind);                                         \
  if (pairs.empty())                                                                               \
  GTEST_SKIP() << "NOT SHOWN: no golden/" << kind << "_NAME.h5 with data/3dcorrection_NAME.nc in " \
               << colonnade::data::golden::shared_folder() << " (COLONNADE_SHARED)"
