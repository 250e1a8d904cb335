#pragma once

#include <colonnade/data/file_names.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace colonnade::data {

/// Files that belong together because some fields of their names are equal.
struct FileGroups {
  /// The fields' values joined by "/", "2018/317": in ascending order of the first value, then the
  /// second; numbers before texts.
  std::vector<std::string> keys;
  std::vector<std::int64_t> of_file;  ///< for each file the place of its key
};

/// Groups files by fields of their names, in the order of `by`. Throws a usage error when a field
/// is unknown.
FileGroups group_files(const std::vector<std::string>& paths, const NameFields& names,
                       const std::vector<std::string>& by);

/// Constant labels of groups of files: `2018/317: 1, 2019: 0`. A key holds the first values of a
/// group's key, perhaps all; of several that do, the longest counts.
class Labels {
 public:
  /// Throws a usage error when the text is no such list, or names a key twice.
  static Labels parse(const std::string& text);

  /// The label of each group. Throws a usage error that names the group which has none, or the
  /// label that matches no group.
  [[nodiscard]] std::vector<double> of(const std::vector<std::string>& keys) const;

 private:
  struct Label {
    std::string key;
    std::vector<std::string> parts;
    double value;
    [[nodiscard]] bool matches(const std::vector<std::string>& group) const;
  };
  std::vector<Label> labels_;  ///< those of more parts first
};

}  // namespace colonnade::data
