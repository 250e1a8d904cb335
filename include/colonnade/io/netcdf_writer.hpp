#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace colonnade::io {

/// A NetCDF-4 file that this process makes alone, in memory, with the types and attributes that
/// packed numbers need: T is std::int8_t, std::int16_t, float or double. Each call throws a storage
/// error with file and variable. Only close() writes the file, whole or not at all: the library
/// does not survive a disc that is full while it writes.
class NetcdfWriter {
 public:
  enum class Storage : std::uint8_t { contiguous, deflated };

  explicit NetcdfWriter(std::string path);
  ~NetcdfWriter();
  NetcdfWriter(const NetcdfWriter&) = delete;
  NetcdfWriter& operator=(const NetcdfWriter&) = delete;

  void dimension(const std::string& name, std::int64_t length);
  /// Defines a variable over dimensions that are defined; no dimensions: a scalar.
  template <typename T>
  void variable(const std::string& name, const std::vector<std::string>& dimensions,
                std::optional<T> fill_value = {}, Storage storage = Storage::contiguous);
  /// An attribute of a variable, or of the file when `variable` is empty.
  void attribute(const std::string& variable, const std::string& name, const std::string& text);
  template <typename T>
  void attribute(const std::string& variable, const std::string& name,
                 const std::vector<T>& numbers);
  /// Writes all values of a variable, row-major.
  template <typename T>
  void write(const std::string& variable, std::span<const T> values);
  /// Writes the file, which replaces one of that name.
  void close();

 private:
  [[nodiscard]] int variable_id(const std::string& name) const;
  void check(int status, const std::string& variable, const char* what) const;

  std::string path_;
  int id_ = -1;
};

}  // namespace colonnade::io
