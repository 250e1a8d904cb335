#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::io {

/// Bytes [begin, end) of a file.
struct Stretch {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Appends a seal to a finished file: the hashes of all its bytes but those of `bulk`, which may
/// come in any order and must not overlap. On this process alone; throws a storage error.
///
/// HDF5 and NetCDF take no notice of what stands behind a file's last object. The seal: for each
/// stretch that it covers, begin, end and chained XXH3 hash; then the length of the file before it,
/// the number of stretches, the hash of all this, and 16 bytes of magic, which end the file. All
/// numbers have 8 bytes, little-endian.
void seal(const std::string& path, std::vector<Stretch> bulk = {});

/// Whether a file ends as a sealed one does.
bool has_seal(const std::string& path);

/// Checks that a file ends with a seal and that every byte which it covers is what was written;
/// HDF5 1.10 must not meet a damaged header. On this process alone. Throws a storage error when the
/// file cannot be read, and a data error, with the stretch that differs, when it is no sealed file,
/// or was damaged, cut short or changed. `kind` ("model") and `hint` serve the message.
void check_seal(const std::string& path, const std::string& kind, const std::string& hint);

}  // namespace colonnade::io
