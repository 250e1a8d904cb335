#pragma once

#include <colonnade/data/feature.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/keyed_fold.hpp>
#include <colonnade/mpi/partition.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace colonnade::train {

struct BootstrapOptions {
  std::int64_t replicates = 1000;  ///< 0: no intervals
  double confidence = 0.95;
  std::int64_t block_columns = 0;  ///< of the raw files; 0: as default_block_columns says
  std::uint64_t seed = 1;
};

/// Columns of the raw files in a block: as many as make 512 blocks of `sources`, but at least 32.
std::int64_t default_block_columns(mpi::Range sources);

/// Bounds; NaN where a replicate does not define the number, or there is but one block.
struct Interval {
  double low, high;
};

/// Throws a usage error when blocks of so many columns would be more than BlockSums::most_blocks.
void expect_blocks(mpi::Range sources, const BootstrapOptions& options);

/// Intervals of numbers that sums over columns tell.
struct Resampled {
  std::int64_t blocks = 0;  ///< that hold columns
  std::vector<Interval> intervals;
};

/// Works out numbers from the sums over some columns; always equally many.
using NumbersOfSums = std::function<std::vector<double>(std::span<const double> sums)>;

/// **Collective.** The bootstrap over blocks: `states` (blocks, width) are sums over the columns of
/// each, of which the first is their number.
Resampled resample(const mpi::Communicator& comm, std::span<const double> states, std::size_t width,
                   const BootstrapOptions& options, const NumbersOfSums& numbers);

/// Intervals of a variable's errors, or of all targets'.
struct Intervals {
  Interval mae, percent, rmse, bias, r2;
};

/// Confidence intervals of the model's errors.
struct Bootstrap {
  BootstrapOptions options;
  std::int64_t blocks = 0;  ///< that hold columns
  std::vector<Intervals> variables;
  Intervals all_targets;
};

/// Sums of errors over blocks of neighbouring columns, and the bootstrap over these blocks.
///
/// A block is `block_columns` consecutive columns of the raw files: neighbours, which are alike,
/// are drawn together. A replicate draws as many blocks as hold columns, with replacement, and
/// works out the errors of all columns drawn; an interval lies between the quantiles
/// (1 - confidence) / 2 and (1 + confidence) / 2 of the replicates, interpolated linearly. Draws
/// are a function of seed and replicate, sums have a fixed order: the same bits on any number of
/// ranks.
class BlockSums {
 public:
  /// Most blocks: each takes a double for each quantity on every rank in the end.
  static constexpr std::int64_t most_blocks = 4096;

  /// `sources` holds the source of every column; `variables` are runs of all quantities; `centres`
  /// are values of theirs, anywhere near the means of the truth.
  BlockSums(const mpi::Communicator& comm, mpi::Range sources, std::int64_t block_columns,
            std::vector<data::FeatureRun> variables, std::vector<float> centres);

  /// **Collective.** Takes the next round of pieces (see mpi::KeyedFold): each column's index in
  /// the raw files, and rows (columns, quantities) of the truth and of the model's predictions.
  void add_round(std::span<const std::int64_t> sources, std::span<const float> truth,
                 std::span<const float> model);

  /// **Collective.** `weights`, one a variable, are those of all targets together: 0 for what is
  /// none.
  [[nodiscard]] Bootstrap result(const BootstrapOptions& options,
                                 std::span<const double> weights) const;

 private:
  mpi::Communicator comm_;
  mpi::Range sources_;
  std::int64_t block_columns_;
  std::vector<data::FeatureRun> variables_;
  std::vector<float> centres_;
  mpi::KeyedFold fold_;
};

}  // namespace colonnade::train
