#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// How much of a column's data is there. none: no value of any input; some: another value lacks.
enum class Presence : std::uint8_t { all, some, none };

/// Columns of each Presence.
using PresenceCounts = std::array<std::int64_t, 3>;

/// Whether the values of a raw row are there: NaN is missing, but in variables that keep it.
class MissingTest {
 public:
  /// `set` holds `inputs` inputs, then the targets.
  MissingTest(const RawSet& set, std::size_t inputs);

  /// Counts the missing values of a row of set.width() values, by variable.
  void count(std::span<const float> raw_row, std::span<std::int64_t> missing) const;
  /// What such counts mean.
  [[nodiscard]] Presence presence(std::span<const std::int64_t> missing) const;
  /// Replaces what is missing, but for classes.
  void fill(std::span<float> raw_row, float value) const;
  [[nodiscard]] std::size_t variables() const { return widths_.size(); }

 private:
  std::vector<std::size_t> widths_;  ///< of the variables
  std::vector<bool> counts_;         ///< whether a variable's NaN is missing
  std::vector<bool> fills_;          ///< whether it is replaced
  std::size_t inputs_;
  std::int64_t input_values_ = 0;  ///< that can be missing
};

/// Where data are missing in a raw set.
struct MissingIndex {
  /// Neighbouring columns that lack equally many values of each variable.
  struct Run {
    mpi::Range columns;
    Presence presence;
    std::vector<std::int64_t> missing;  ///< values of a column, by variable
  };

  std::size_t inputs = 0;  ///< variables of the set that are inputs
  PresenceCounts counts{};
  std::vector<Run> runs{};  ///< of the columns that lack values, ascending
  std::int64_t bytes_read = 0;

  /// The columns that the policy leaves out, ascending. Throws a data error naming the first value
  /// that is missing in the others where it does not fill them.
  [[nodiscard]] std::vector<std::int64_t> dropped(const MissingPolicy& policy,
                                                  const RawSet& set) const;
  /// JSON: dimensions of the samples, files, counts, and runs of columns, at most a million.
  [[nodiscard]] std::string text(const RawSet& set) const;
};

/// **Collective.** Reads all columns once; the same index on any number of ranks.
MissingIndex index_missing(const mpi::Communicator& comm, const RawSet& set, std::size_t inputs,
                           const base::ProgressSink& progress);

}  // namespace colonnade::data
