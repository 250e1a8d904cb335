#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/io/seal.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace colonnade::io {

using base::Error;
using base::ErrorKind;

namespace {

static_assert(std::endian::native == std::endian::little, "the seal's numbers are little-endian");

constexpr std::string_view magic = "COLONNADE-SEAL-1";

struct SealedStretch {
  std::uint64_t begin, end, hash;
};

/// What stands at the very end.
struct Trailer {
  std::uint64_t file_bytes = 0;
  std::uint64_t stretches = 0;
  std::uint64_t hash = 0;
  std::array<char, magic.size()> end{};
};

std::uint64_t hash_of(std::span<const SealedStretch> stretches, std::uint64_t file_bytes) {
  return base::hash_values(stretches, file_bytes);
}

/// A file read by position.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {
    expect_readable(path);
    bytes_ = std::filesystem::file_size(path);
    stream_.open(path, std::ios::binary);
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  void read(std::uint64_t begin, std::span<std::byte> into) {
    stream_.seekg(static_cast<std::streamoff>(begin));
    // An ifstream reads chars.
    stream_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
    if (!stream_)
      throw Error(ErrorKind::storage, "cannot read the file",
                  {.file = path_, .value = std::strerror(errno)});
  }

  std::uint64_t hash(std::uint64_t begin, std::uint64_t end) {
    constexpr std::uint64_t block_bytes = std::uint64_t{1} << 20;
    std::vector<std::byte> block(std::min(block_bytes, end - begin));
    std::uint64_t hash = 0;
    for (; begin < end; begin += block.size()) {
      block.resize(std::min(block_bytes, end - begin));
      read(begin, block);
      hash = base::hash_bytes(block, hash);
    }
    return hash;
  }

 private:
  std::string path_;
  std::uint64_t bytes_ = 0;
  std::ifstream stream_;
};

/// The trailer of a file, if it ends with one.
std::optional<Trailer> trailer_of(Reader& file) {
  Trailer trailer;
  if (file.bytes() < sizeof trailer) return std::nullopt;
  file.read(file.bytes() - sizeof trailer, std::as_writable_bytes(std::span(&trailer, 1)));
  if (std::string_view(trailer.end.data(), magic.size()) != magic) return std::nullopt;
  return trailer;
}

/// The stretches that a seal covers; nothing if the seal itself is damaged.
std::optional<std::vector<SealedStretch>> stretches_of(Reader& file, const Trailer& trailer) {
  const std::uint64_t seal_bytes = file.bytes() - trailer.file_bytes;
  if (trailer.file_bytes > file.bytes() || seal_bytes < sizeof trailer ||
      (seal_bytes - sizeof trailer) % sizeof(SealedStretch) != 0 ||
      (seal_bytes - sizeof trailer) / sizeof(SealedStretch) != trailer.stretches)
    return std::nullopt;
  std::vector<SealedStretch> stretches(trailer.stretches);
  file.read(trailer.file_bytes, std::as_writable_bytes(std::span(stretches)));
  if (hash_of(stretches, trailer.file_bytes) != trailer.hash) return std::nullopt;
  return stretches;
}

void append(const std::string& path, std::span<const SealedStretch> stretches,
            const Trailer& trailer) {
  std::FILE* file = std::fopen(path.c_str(), "abe");
  bool written = file != nullptr;
  // An empty span has no address, which fwrite does not take.
  for (const auto& part : {std::as_bytes(stretches), std::as_bytes(std::span(&trailer, 1))})
    written =
        written && (part.empty() || std::fwrite(part.data(), 1, part.size(), file) == part.size());
  written = written && std::fflush(file) == 0;
  const int code = errno;
  if (file != nullptr) written = std::fclose(file) == 0 && written;
  if (!written)
    throw Error(ErrorKind::storage, "cannot write the file's seal",
                {.file = path, .value = std::strerror(code)});
}

}  // namespace

void seal(const std::string& path, std::vector<Stretch> bulk) {
  std::sort(bulk.begin(), bulk.end(),
            [](const Stretch& a, const Stretch& b) { return a.begin < b.begin; });
  Reader file(path);
  bulk.push_back({file.bytes(), file.bytes()});
  std::vector<SealedStretch> stretches;
  std::uint64_t begin = 0;
  for (const auto& skipped : bulk) {
    base::expects(begin <= skipped.begin && skipped.end <= file.bytes(),
                  "stretches of bulk lie in the file and do not overlap");
    if (begin < skipped.begin)
      stretches.push_back({begin, skipped.begin, file.hash(begin, skipped.begin)});
    begin = skipped.end;
  }
  Trailer trailer{.file_bytes = file.bytes(),
                  .stretches = stretches.size(),
                  .hash = hash_of(stretches, file.bytes())};
  std::copy(magic.begin(), magic.end(), trailer.end.begin());
  append(path, stretches, trailer);
}

bool has_seal(const std::string& path) {
  Reader file(path);
  return trailer_of(file).has_value();
}

void check_seal(const std::string& path, const std::string& kind, const std::string& hint) {
  Reader file(path);
  const auto trailer = trailer_of(file);
  if (!trailer)
    throw Error(ErrorKind::data, "not a " + kind + ", or cut short or changed since it was written",
                {.file = path, .value = "it does not end with a seal", .hint = hint});
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::data, "the " + kind + " was damaged or changed since it was written",
                {.file = path, .value = what, .hint = hint});
  };
  const auto stretches = stretches_of(file, *trailer);
  if (!stretches) refuse("in its seal, the last bytes");
  for (const auto& [begin, end, hash] : *stretches)
    if (file.hash(begin, end) != hash) refuse(fmt::format("in bytes {} to {}", begin, end - 1));
}

}  // namespace colonnade::io
