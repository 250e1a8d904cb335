#pragma once

#include <colonnade/base/error.hpp>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

// Damage to a file, bit by bit and byte by byte, and who finds it.
namespace colonnade::test {

/// Flips one bit of a file in place; a second call puts it back.
inline void flip_bit(const std::string& path, std::size_t bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto place = static_cast<std::streamoff>(bit / 8);
  file.seekg(place);
  const int byte = file.get() ^ (1 << (bit % 8));
  file.seekp(place);
  file.put(static_cast<char>(byte));
}

/// What a reader says of a file; nothing if it finds it whole.
using Opinion = std::function<std::optional<base::Error>()>;

/// Whether the reader finds the file damaged, and names it.
inline bool is_named(const std::string& path, const Opinion& opinion) {
  const auto error = opinion();
  return error && error->kind() == base::ErrorKind::data && error->facts().file == path;
}

/// How many of the bits [begin, end) that are `stride` apart the reader finds when they are flipped
/// one at a time.
inline std::size_t found_flips(const std::string& path, std::size_t begin, std::size_t end,
                               std::size_t stride, const Opinion& opinion) {
  std::size_t found = 0;
  for (std::size_t bit = begin; bit < end; bit += stride) {
    flip_bit(path, bit);
    found += is_named(path, opinion) ? 1 : 0;
    flip_bit(path, bit);
  }
  return found;
}

/// How many truncations of the file the reader finds, of those `stride` apart, the longest first.
/// Nothing is left of the file.
inline std::size_t found_truncations(const std::string& path, std::size_t stride,
                                     const Opinion& opinion) {
  std::size_t found = 0;
  for (std::size_t bytes = std::filesystem::file_size(path); bytes > 0;) {
    bytes -= bytes < stride ? bytes : stride;
    std::filesystem::resize_file(path, bytes);
    found += is_named(path, opinion) ? 1 : 0;
  }
  return found;
}

/// The error that `work` throws, if any.
inline std::optional<base::Error> error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace colonnade::test
