#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <optional>
#include <string>
#include <vector>

namespace colonnade::data {

/// What scenes are ranked by: `cloud_cover`, a variable of one value or else a number among the
/// file's attributes; `percent(cloud_mask)`, how many percent of the variable's values that are not
/// missing are set (not 0), or `percent(cloud_mask=1,3)`, are one of these.
class SceneRank {
 public:
  /// Throws a usage error when the text is none of these.
  static SceneRank parse(const std::string& text);

  /// The rank of a file, read by this process alone: nothing when it does not hold what is asked
  /// for, NaN when that is missing. Throws data and storage errors.
  [[nodiscard]] std::optional<double> of(const std::string& path) const;
  [[nodiscard]] const std::string& variable() const noexcept { return variable_; }

 private:
  std::string variable_;
  bool is_percent_ = false;
  std::vector<float> values_;  ///< that count as set; none: all but 0
};

/// **Collective.** The ranks of files, which are dealt to the ranks of the job, each reading alone;
/// the same on any number of them. Throws data and storage errors on all ranks.
std::vector<std::optional<double>> ranks_of(const mpi::Communicator& comm, const SceneRank& rank,
                                            const std::vector<std::string>& paths);

}  // namespace colonnade::data
