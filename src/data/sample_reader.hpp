#pragma once

#include "data/sample_boxes.hpp"

#include <colonnade/data/raw_set.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace colonnade::data {

/// Reads samples of a described source on this rank alone.
class SampleReader {
 public:
  explicit SampleReader(const RawSet& set);

  /// Writes `samples` as rows of set.width() values, variables one after the other, NaN where a
  /// value is missing or the sample is masked. Throws storage errors.
  void read(mpi::Range samples, std::span<float> rows);

 private:
  /// Samples of one block.
  struct Run {
    const SampleBlock* block;
    mpi::Range samples;  ///< counted from the block's first
  };
  /// Where the values of the first sample go.
  template <typename To>
  struct Rows {
    To* first;
    std::size_t stride;  ///< from row to row
  };
  /// Where a sample's values stand in a box of these strides, from its first place on.
  struct Offsets {
    std::vector<std::int64_t> strides;
    std::vector<std::int64_t> values{0};
    std::vector<std::int64_t> mean{0};  ///< over which each value is averaged

    Offsets(const SampleStream& stream, std::vector<std::int64_t> box_strides);
  };
  /// A stream's slot in memory: the sample with the coordinates c stands at
  /// values[base + sum of c * steps].
  struct Slot {
    std::vector<std::int64_t> lengths, steps;  ///< of the block, along each sample dimension
    const double* values;
    const Offsets* offsets;
    std::int64_t base = 0;
  };
  Slot slot_of(const Run& run, std::size_t stream, const SamplePart& part);
  template <typename To>
  void gather(const Run& run, std::size_t stream, Rows<To> rows);
  template <typename To>
  void gather_slot(const Run& run, std::size_t stream, const SamplePart& part, Rows<To> rows);
  /// A sum of streams: in double precision, since they may nearly cancel.
  void gather_sum(const Run& run, const std::vector<SampleTerm>& terms, std::size_t width,
                  Rows<float> rows);
  void apply_masks(const Run& run, float* rows);

  const RawSet& set_;
  const Sampling& sampling_;
  SampleBoxes boxes_;
  std::vector<SampleMask> masks_;
  std::vector<std::optional<Offsets>> offsets_;  ///< of each stream, for the last strides
  std::vector<std::size_t> first_parts_;         ///< of each stream among a block's parts
  std::size_t row_width_;
  std::vector<float> mask_values_;
  std::vector<double> term_, sum_;
};

}  // namespace colonnade::data
