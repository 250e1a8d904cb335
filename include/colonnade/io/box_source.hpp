#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace colonnade::io {

/// Numeric variables of one file, read box by box on this process alone.
class BoxSource {
 public:
  /// Opens a file that describe() accepts. Throws storage errors.
  static std::unique_ptr<BoxSource> open(const std::string& path);
  virtual ~BoxSource() = default;

  /// Reads the `count` values from `begin` on along each dimension, as they are stored but
  /// converted to double, row-major, into `values`, which holds exactly them. Throws storage
  /// errors.
  virtual void read_box(const std::string& variable, std::span<const std::int64_t> begin,
                        std::span<const std::int64_t> count, std::span<double> values) = 0;
};

}  // namespace colonnade::io
