#pragma once

#include <colonnade/base/error.hpp>
#include <colonnade/data/feature.hpp>
#include <colonnade/data/row_gather.hpp>
#include <colonnade/data/transform.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// Moments of each feature over the training split, of transformed values.
struct Statistics {
  std::vector<std::int64_t> count;
  std::vector<double> mean;
  std::vector<double> std;  ///< divisor: count
  std::vector<double> min;
  std::vector<double> max;

  /// Features that never change in the training split.
  [[nodiscard]] std::vector<std::size_t> constants() const;

  bool operator==(const Statistics&) const = default;
};

/// How one side of the columns (inputs or targets) goes from physical values to the network's
/// numbers and back.
///
/// encoded = (transform(value) - offset) * (1 / scale), in double, rounded once to float. A scale
/// of 0 marks a feature that never changed in the training split: it is encoded as 0 and decoded as
/// its offset.
struct Encoding {
  std::vector<Feature> features;
  std::vector<Transform> transforms;  ///< one a feature
  Statistics statistics;
  std::vector<double> offset;
  std::vector<double> scale;

  [[nodiscard]] std::size_t width() const { return features.size(); }
  /// Features whose scale is 0.
  [[nodiscard]] std::vector<std::size_t> constants() const;
  /// Whether a transform may make what is no finite number of a finite one.
  [[nodiscard]] bool may_leave_numbers() const;
  /// Applies the transforms alone, in place, to rows of width() values.
  void transform_rows(std::span<float> rows) const;
  /// Normalises transformed rows in place.
  void normalise_rows(std::span<float> rows) const;
  /// Physical values to encoded ones, in place.
  void encode_rows(std::span<float> rows) const;
  /// Encoded values to physical ones, in place.
  void decode_rows(std::span<float> rows) const;

  bool operator==(const Encoding&) const = default;
};

/// The data error of a raw value of which the feature's transform makes `result`, which is no
/// finite number; `facts` say the rest.
base::Error transform_error(const Encoding& encoding, std::size_t feature, float raw, float result,
                            base::Facts facts);

/// What an encoding does to rows, with all that is the same for each worked out.
class RowEncoder {
 public:
  explicit RowEncoder(const Encoding& encoding);
  /// Encoded rows of raw ones of `raw_width` values, one behind the other: gathered, transformed
  /// and normalised while they lie in cache.
  void encode(const RowGather& gather, std::span<const float> raw, std::size_t raw_width,
              std::span<float> rows) const;
  /// Applies the transforms alone, in place.
  void transform(std::span<float> rows) const;
  /// Normalises transformed rows, in place.
  void normalise(std::span<float> rows) const;
  /// Encoded values to physical ones, in place.
  void decode(std::span<float> rows) const;

 private:
  /// Features that follow one another and have the same transform, other than identity.
  struct Run {
    std::size_t first, count;
    Transform transform;
  };

  void transform(const RowBlock& block) const;
  void normalise(const RowBlock& block) const;

  std::size_t width_;
  std::vector<Run> runs_;
  std::vector<double> offset_, scale_;
  std::vector<double> inverse_;  ///< empty where normalising changes nothing
};

}  // namespace colonnade::data
