#pragma once

#include <colonnade/data/raw_set.hpp>
#include <colonnade/io/box_source.hpp>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <vector>

namespace colonnade::data {

/// Values of a box of a variable, NaN where they are missing.
struct ValueBox {
  std::vector<std::int64_t> begin, count;
  std::vector<double> values;  ///< row-major

  [[nodiscard]] bool holds(const std::vector<std::int64_t>& from,
                           const std::vector<std::int64_t>& length) const;
  /// Values from one place to the next along each dimension.
  [[nodiscard]] std::vector<std::int64_t> strides() const;
};

/// Reads boxes of the variables of a described source on this rank alone. It keeps some files open
/// and the last boxes in memory, which it makes as large as the chunks that they touch: so that
/// samples which follow each other read, and decompress, each chunk once.
class SampleBoxes {
 public:
  explicit SampleBoxes(const RawSet& set) : set_(set) {}

  /// A box that holds the places from `begin` on, `count` of them, along each dimension of the
  /// stream's variable in the part's file; valid until the next call. Throws storage errors.
  const ValueBox& box(std::size_t stream, const SamplePart& part,
                      const std::vector<std::int64_t>& begin,
                      const std::vector<std::int64_t>& count);

 private:
  struct Entry {
    std::size_t stream;
    std::int64_t file;
    ValueBox box;
  };
  io::BoxSource& source(std::int64_t file);

  const RawSet& set_;
  std::list<std::pair<std::int64_t, std::unique_ptr<io::BoxSource>>> open_;  ///< the latest first
  std::list<Entry> boxes_;                                                   ///< the latest first
};

}  // namespace colonnade::data
