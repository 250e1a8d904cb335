#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/class_request.hpp>
#include <colonnade/data/division.hpp>
#include <colonnade/data/feature_pattern.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/data/missing_index.hpp>
#include <colonnade/data/prepared_writer.hpp>
#include <colonnade/data/published_norm.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::data {

enum class Normalisation : std::uint8_t { zscore, minmax, none };

/// What prepare is asked for.
struct PrepareOptions {
  std::vector<std::string> files;
  std::vector<std::string> inputs;
  std::vector<std::string> targets;
  std::string column_dim = "column";
  std::optional<SourceOptions> source{};  ///< else columns are rows of column_dim
  std::string layout = "flat";
  Selection selection;
  bool drop_constant = false;
  std::map<std::string, Transform> transforms;
  std::optional<ClassRequest> classes{};  ///< that the target tells; nothing: it is numbers
  std::int64_t shard_columns = 160;
  bool shuffle = true;
  std::uint64_t shuffle_seed = 1;
  std::array<double, 3> split{0.8, 0.1, 0.1};
  DivisionRule division;
  Normalisation normalisation = Normalisation::zscore;
  PublishedNorm::Files input_norm{}, target_norm{};  ///< instead; none: the normalisation above
  bool one_scale_per_target = false;  ///< one scale per target variable instead of one per level
  bool one_scale_per_input = false;   ///< the same for inputs
  std::vector<FeatureFactor> input_weights;  ///< by which normalised inputs are multiplied
  MissingPolicy missing;
  bool npy = false;
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;  ///< for each rank's share of the output
  bool verify = true;
  std::string out;
  bool force = false;
  std::map<std::string, std::string> provenance;
};

/// What will be done, known from the headers alone.
struct PrepareSummary {
  RawSet set;
  Recipe recipe;
  std::optional<PublishedNorm> input_norm{}, target_norm{};
  Groups groups;             ///< that no split parts, or none
  std::int64_t columns = 0;  ///< in the raw set
  std::int64_t output_bytes = 0;
  std::int64_t share_bytes = 0;  ///< the largest share of a rank
  bool in_memory = true;         ///< else rows are written one by one as they come
  std::int64_t passes = 1;       ///< over the input, each for a part of each rank's share
  std::int64_t reads = 1;        ///< how often the input is read in all
};

/// What was done.
struct PrepareReport {
  std::int64_t columns = 0;
  std::int64_t dropped = 0;
  std::optional<PresenceCounts> presence{};  ///< of the raw columns, where a policy asks
  std::int64_t bytes_read = 0;
  std::int64_t bytes_written = 0;
  double seconds = 0.0;
  std::string content;
  std::vector<Split> splits;
  std::int64_t left_over_steps = 0;            ///< of a described source, which fill no window
  std::int64_t groups = 0;                     ///< that no split parts
  std::int64_t constants = 0;                  ///< features that never change in the training split
  std::vector<std::string> constant_features;  ///< their compact names
  /// Of each split the columns of each class; empty without classes.
  std::vector<std::vector<std::uint64_t>> class_counts{};
  Recipe recipe;
};

/// **Collective.** Reads the headers and plans; throws usage, data and storage errors on all ranks.
PrepareSummary plan_prepare(const mpi::Communicator& comm, const PrepareOptions& options);

/// **Collective.** Raw files to a prepared file (or an npy stack) at options.out: read, transform,
/// reshard into the shuffled order, take statistics over the training split, normalise, write, read
/// back. Throws usage, data and storage errors on all ranks; nothing appears under the final name
/// then.
PrepareReport prepare(const mpi::Communicator& comm, const PrepareOptions& options,
                      const base::ProgressSink& progress);

}  // namespace colonnade::data
