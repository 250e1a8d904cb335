#pragma once

#include <colonnade/data/encoding.hpp>
#include <colonnade/data/recipe.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <map>
#include <string>
#include <vector>

namespace colonnade::data {

/// Offset and scale of features by their names, as somebody published them.
class PublishedNorm {
 public:
  /// Files by what they hold: mean, min and max: encoded = (value - mean) / (max - min), as ClimSim
  /// has it; mean and std: (value - mean) / std; scale: value * scale.
  using Files = std::map<std::string, std::string>;

  /// Reads "mean=FILE min=FILE max=FILE"; throws a usage error naming `option`.
  static Files parse(const std::string& text, const std::string& option);

  /// **Collective.** Reads the root's `files`, in which each variable has the name and the levels
  /// of the features of `variables`. Throws a data error naming file and variable when one is not
  /// there, has other levels or holds no finite numbers.
  static PublishedNorm read(const mpi::Communicator& comm, const Files& files,
                            const std::vector<RawVariable>& variables);

  /// Sets offset and scale of all features; where the published scale is no finite number, or 0,
  /// the feature is encoded as 0.
  void set(Encoding& encoding) const;

 private:
  struct Line {
    double offset, scale;
  };
  std::map<std::string, Line> lines_;  ///< by the features' names
};

}  // namespace colonnade::data
