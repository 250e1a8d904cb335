#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>
#include <colonnade/train/team.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// The products of normal equations: Z^T Z for rows z = [1, active inputs, targets], its upper half
/// and without the targets' own rows.
///
/// The matrix is cut into square tiles, which are dealt to all threads of all ranks; each tile adds
/// piece after piece by one thread, so it has the same bits whoever holds it.
class RidgeGram {
 public:
  RidgeGram(const mpi::Communicator& comm, Team& team, std::vector<std::size_t> active,
            std::size_t inputs, std::size_t outputs);

  /// Adds a piece of columns, the same on all ranks: rows of inputs and of targets.
  void add(std::span<const float> x, std::span<const float> y);

  /// **Collective.** The matrix (1 + active, 1 + active + targets) on the root, of which the lower
  /// half is zero; nothing on other ranks. Throws a storage error when memory runs out.
  [[nodiscard]] Eigen::MatrixXd gathered() const;

 private:
  struct Tile {
    mpi::Range rows, columns;
    Eigen::MatrixXd sum;
  };

  void plan();
  void fill_rows(std::span<const float> x, std::span<const float> y, mpi::Range columns);
  [[nodiscard]] int rank_of(std::size_t tile) const;

  mpi::Communicator comm_;
  Team& team_;
  std::vector<std::size_t> active_;
  std::size_t inputs_, outputs_;
  std::vector<Tile> tiles_;  ///< all; those of other ranks have no sum
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> z_;
};

}  // namespace colonnade::train
