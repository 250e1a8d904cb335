#pragma once

#include <colonnade/data/source_form.hpp>
#include <colonnade/data/stored_form.hpp>
#include <colonnade/io/hdf5.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::data {

/// What a dimension of a stored variable is to the samples. The sample with the coordinate c along
/// dimension `dim` takes the stored places from c * step + offset on, `extent` of them.
struct SampleAxis {
  enum class Role : std::uint8_t { sample, feature, mean };

  Role role = Role::feature;
  std::int64_t length = 0;  ///< as stored; of the first sample dimension it may differ by file
  std::size_t dim = 0;      ///< of Sampling::dims
  std::int64_t step = 1, offset = 0, extent = 1;
};

/// A stored variable as samples take from it: `slots` times, from as many places among the files.
struct SampleStream {
  std::string variable;  ///< its name in the files
  std::vector<SampleAxis> axes;
  std::vector<std::int64_t> chunk;  ///< as io::VariableInfo
  std::int64_t slots = 1;

  /// Values that a sample takes in each slot.
  [[nodiscard]] std::int64_t width() const;
};

/// Where a stream's slot is read.
struct SamplePart {
  std::int64_t file = 0, form = 0;  ///< of RawSet::files, of Sampling::forms
  std::int64_t begin = 0;           ///< along the first sample dimension, if the variable has it
  std::int64_t length = 1;          ///< of that dimension in the file
};

/// Samples that lie side by side and come from the same files.
struct SampleBlock {
  std::int64_t first = 0;   ///< along the first sample dimension of the set
  std::int64_t length = 1;  ///< along it
  std::int64_t group = 0;
  double label = 0.0;
  std::vector<SamplePart> parts{};  ///< the slots of all streams, one after the other
};

/// A variable is a sum of streams with signs; of none: the block's label.
struct SampleTerm {
  std::size_t stream;
  float sign;
};

/// Where the values of each sample of a described source stand.
struct Sampling {
  std::vector<io::Dimension> dims;  ///< of the samples, the last one fastest
  std::vector<SampleStream> streams{};
  std::vector<std::vector<SampleTerm>> variables{};  ///< one a variable of the set
  std::vector<std::size_t> mask_streams{};           ///< one a mask of the form
  std::vector<StoredForm> forms{};
  std::vector<SampleBlock> blocks{};
  std::vector<std::string> groups{};  ///< keys, "2018/317"
  std::int64_t left_over = 0;         ///< steps at the ends of groups that fill no window
  std::vector<std::string> unused{};  ///< files that hold none of the variables
  SourceForm form{};

  /// Samples of a block for each step along the first dimension.
  [[nodiscard]] std::int64_t inner() const;
  [[nodiscard]] std::int64_t samples() const;
  /// The block that holds a sample.
  [[nodiscard]] std::size_t block_of(std::int64_t sample) const;
  /// A file from which the sample's variable comes, for messages: its place in RawSet::files.
  [[nodiscard]] std::size_t file_of(std::int64_t sample, std::size_t variable) const;
};

void to_json(nlohmann::json& json, const Sampling& sampling);
void from_json(const nlohmann::json& json, Sampling& sampling);

}  // namespace colonnade::data
