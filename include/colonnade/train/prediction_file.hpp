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

/// A NetCDF-4 file of predictions, after CF-1.8, in the shape of the source: `samples` are the
/// dimensions along which the columns lie, the last one fastest.
///
/// One variable per target of a recipe, of its raw shape behind these, with units and long_name. Of
/// classes that the target NAME tells, NAME_probability (samples, class), and what follows from it:
/// where one of them is true NAME_class (samples), the most probable, else NAME_labels (samples,
/// class), 0 or 1. The variable class names them.
class PredictionFile {
 public:
  /// **Collective.** Makes the header and reserves the bytes, so that a full disc is met here.
  /// `threshold` is the least probability of a class that is predicted beside others; `attributes`
  /// are the file's. Throws storage errors on all ranks.
  PredictionFile(const mpi::Communicator& comm, const std::string& path, data::Recipe recipe,
                 std::vector<io::Dimension> samples, double threshold,
                 const std::map<std::string, std::string>& attributes);

  /// **Collective.** Writes rows (columns, all targets' physical values, or the classes'
  /// probabilities) for each rank's own range of columns, perhaps empty. Throws storage errors on
  /// all ranks.
  void write_rows(mpi::Range columns, std::span<const float> rows);
  /// **Collective.** Throws a storage error on all ranks when the last bytes are refused.
  void close();

 private:
  void write_targets(mpi::Range columns, std::span<const float> rows);
  void write_classes(mpi::Range columns, std::span<const float> rows);

  mpi::Communicator comm_;
  data::Recipe recipe_;
  double threshold_;
  std::size_t width_;  ///< values of a row
  std::optional<io::Hdf5File> file_;
};

/// Bytes of the predictions for so many columns.
std::int64_t prediction_bytes(const data::Recipe& recipe, std::int64_t columns);

/// **Collective.** Runs the model on all columns of `set`, which holds the inputs of the model's
/// recipe, and writes the predictions in the order of the set; they have the same bits on any
/// number of ranks and threads. `missing` is keep or fill: each column of the set has its
/// prediction. Throws on all ranks: the errors of predict_rows with the file and the column in it,
/// storage errors.
void predict(const mpi::Communicator& comm, const Model& model, const data::RawSet& set,
             data::MissingPolicy missing, int threads, PredictionFile& file,
             const base::ProgressSink& progress);

}  // namespace colonnade::train
