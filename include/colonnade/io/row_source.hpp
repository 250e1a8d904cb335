#pragma once

#include <colonnade/io/seal.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace colonnade::io {

/// What the header of a file says of a variable.
struct VariableInfo {
  enum class Type : std::uint8_t { number, text, other };

  std::string name;
  Type type = Type::other;
  std::string type_name;  ///< "float32", "int16", "string"
  std::vector<std::int64_t> shape;
  std::vector<std::string> dimensions;            ///< empty names where the file names none
  std::map<std::string, std::string> attributes;  ///< the text attributes
  std::map<std::string, std::vector<double>> number_attributes{};
  std::vector<std::int64_t> chunk{};  ///< lengths of a chunk; none if the values are not chunked
  Stretch floats{};  ///< where it stands as this machine's floats, one after the other; or nowhere
};

/// What the header of a file says.
struct FileInfo {
  std::string path;
  std::string format;  ///< "HDF5" (NetCDF-4 too) or "NetCDF classic"
  std::int64_t bytes = 0;
  std::vector<VariableInfo> variables;
  std::map<std::string, std::vector<std::string>>
      texts;                                      ///< one-dimensional text variables, by name
  std::map<std::string, std::string> attributes;  ///< the file's text attributes
  std::map<std::string, std::vector<double>> number_attributes{};

  /// The variable of that name, or nullptr.
  [[nodiscard]] const VariableInfo* find(const std::string& name) const;
};

/// Reads the header of a NetCDF-4, HDF5 or NetCDF classic file on this process alone.
///
/// Throws a storage error when the file cannot be opened, a data error when it is of no such format
/// or cut short, or does not hold what was sealed.
FileInfo describe(const std::string& path);

/// Numeric variables of one file, read by rows of their first dimension.
class RowSource {
 public:
  /// **Collective.** Opens a file that describe() accepts.
  static std::unique_ptr<RowSource> open(const mpi::Communicator& comm, const std::string& path);
  virtual ~RowSource() = default;

  /// **Collective.** Reads rows of a variable, converted to float; each rank its own range, perhaps
  /// empty.
  virtual void read_rows(const std::string& variable, mpi::Range rows, std::span<float> values) = 0;
};

}  // namespace colonnade::io
