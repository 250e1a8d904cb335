#include "io/formats.hpp"

#include <colonnade/base/error.hpp>

#include <algorithm>
#include <array>
#include <fstream>

namespace colonnade::io {

namespace {

constexpr std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + 3) / 4 * 4;
}

/// Bytes of a value, by the number of its type in the header.
std::uint64_t value_bytes(std::uint64_t type) {
  constexpr std::array<std::uint8_t, 12> bytes{0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8};
  return type < bytes.size() ? bytes[type] : 0;
}

/// Big-endian numbers of a classic header, one after the other.
class HeaderReader {
 public:
  explicit HeaderReader(const std::string& path) : path_(path), bytes_(path, std::ios::binary) {
    version_ = number(4) & 0xFF;
  }

  std::uint64_t number(int width) {
    std::uint64_t value = 0;
    for (int i = 0; i < width; ++i)
      value = value << 8 | static_cast<std::uint64_t>(bytes_.get() & 0xFF);
    if (!bytes_)
      throw base::Error(base::ErrorKind::data, "the NetCDF file is cut short", {.file = path_});
    return value;
  }
  std::uint64_t size() { return number(version_ == 5 ? 8 : 4); }
  std::uint64_t offset() { return number(version_ == 1 ? 4 : 8); }
  void skip(std::uint64_t length) {
    bytes_.seekg(static_cast<std::streamoff>(length), std::ios::cur);
  }
  /// The number of entries of a list, behind its tag.
  std::uint64_t list() {
    number(4);
    return size();
  }
  void skip_name() { skip(padded(size())); }
  void skip_attributes() {
    for (auto left = list(); left > 0; --left) {
      skip_name();
      const auto type = number(4);
      skip(padded(size() * value_bytes(type)));
    }
  }

 private:
  std::string path_;
  std::ifstream bytes_;
  std::uint64_t version_ = 0;
};

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;  ///< of a record, for a variable of the record dimension
  bool in_records = false;
};

Extent read_variable(HeaderReader& header, const std::vector<std::uint64_t>& lengths) {
  header.skip_name();
  Extent extent{0, 1, false};
  const auto rank = header.size();
  for (std::uint64_t axis = 0; axis < rank; ++axis) {
    const auto dimension = header.size();
    const auto length = dimension < lengths.size() ? lengths[dimension] : 0;
    extent.in_records = extent.in_records || (axis == 0 && length == 0);
    if (axis > 0 || length > 0) extent.bytes *= length;
  }
  header.skip_attributes();
  extent.bytes *= value_bytes(header.number(4));
  header.size();
  extent.begin = header.offset();
  return extent;
}

}  // namespace

std::uint64_t classic_extent(const std::string& path) {
  HeaderReader header(path);
  const auto records = header.size();
  std::vector<std::uint64_t> lengths;
  for (auto left = header.list(); left > 0; --left) {
    header.skip_name();
    lengths.push_back(header.size());
  }
  header.skip_attributes();
  std::vector<Extent> variables;
  for (auto left = header.list(); left > 0; --left)
    variables.push_back(read_variable(header, lengths));
  std::uint64_t record_bytes = 0, end = 0;
  const auto in_records = std::count_if(variables.begin(), variables.end(),
                                        [](const Extent& extent) { return extent.in_records; });
  // Records of a single variable follow each other without padding.
  for (const auto& variable : variables)
    if (variable.in_records)
      record_bytes += in_records == 1 ? variable.bytes : padded(variable.bytes);
  for (const auto& variable : variables) {
    if (variable.in_records && records == 0) continue;
    const auto earlier = variable.in_records ? (records - 1) * record_bytes : 0;
    end = std::max(end, variable.begin + earlier + variable.bytes);
  }
  return end;
}

}  // namespace colonnade::io
