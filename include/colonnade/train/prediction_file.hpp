#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/data/recipe.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/model_file.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace colonnade::train {

/// A NetCDF-4 file of predictions: one variable per target of a recipe, of its raw shape behind the
/// column dimension, with units and long_name, after CF-1.8.
class PredictionFile {
 public:
  /// **Collective.** Makes the header and reserves the bytes, so that a full disc is met here.
  /// `attributes` are the file's. Throws storage errors on all ranks.
  PredictionFile(const mpi::Communicator& comm, const std::string& path, const data::Recipe& recipe,
                 std::int64_t columns, const std::map<std::string, std::string>& attributes);

  /// **Collective.** Writes physical rows (columns, all targets' values) for each rank's own range
  /// of columns, perhaps empty. Throws storage errors on all ranks.
  void write_rows(mpi::Range columns, std::span<const float> rows);
  /// **Collective.** Throws a storage error on all ranks when the last bytes are refused.
  void close();

 private:
  mpi::Communicator comm_;
  std::vector<data::RawVariable> targets_;
  std::int64_t width_ = 0;  ///< values of a row
  std::optional<io::Hdf5File> file_;
};

/// **Collective.** Runs the model on all columns of `set`, which holds the inputs of the model's
/// recipe, and writes the predictions in the order of the set; they have the same bits on any
/// number of ranks and threads. `missing` is fail or fill: each column of the set has its
/// prediction. Throws on all ranks: data errors of RawReader, a numeric error naming the first
/// prediction that is not finite, storage errors.
void predict(const mpi::Communicator& comm, const Model& model, const data::RawSet& set,
             data::MissingPolicy missing, int threads, PredictionFile& file,
             const base::ProgressSink& progress);

}  // namespace colonnade::train
