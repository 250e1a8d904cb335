#pragma once

#include <colonnade/train/bootstrap.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace colonnade::train {

/// Confidence intervals of a model of classes.
struct ClassBootstrap {
  BootstrapOptions options;
  std::int64_t blocks = 0;  ///< that hold columns
  Interval accuracy, macro_f1;
};

/// Decisions counted over blocks of neighbouring columns, for the bootstrap over these: blocks as
/// BlockSums has them.
class ClassBlocks {
 public:
  /// `sources` holds the source of every column.
  ClassBlocks(const mpi::Communicator& comm, mpi::Range sources, std::int64_t block_columns,
              std::size_t classes);

  /// **Collective.** Takes the next round of pieces: each column's index in the raw files, and rows
  /// (columns, classes) of the truth and of what was predicted.
  void add_round(std::span<const std::int64_t> sources, std::span<const float> truth,
                 std::span<const std::int8_t> predicted);

  /// **Collective.**
  [[nodiscard]] ClassBootstrap result(const BootstrapOptions& options) const;

 private:
  mpi::Communicator comm_;
  mpi::Range sources_;
  std::int64_t block_columns_;
  std::size_t classes_;
  mpi::KeyedFold fold_;
};

}  // namespace colonnade::train
