#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace colonnade::base {

/// 64-bit XXH3 hash of bytes, with a seed that sets equal bytes at different places apart.
std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed = 0);

/// Hash of the bytes of trivially copyable values.
template <typename T>
requires std::is_trivially_copyable_v<T> std::uint64_t hash_values(std::span<const T> values,
                                                                   std::uint64_t seed = 0) {
  return hash_bytes(std::as_bytes(values), seed);
}

/// Hash of a text.
std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0);

/// Sixteen lower-case hexadecimal digits.
std::string hex(std::uint64_t hash);

}  // namespace colonnade::base
