#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::train {

/// A named run of bytes to be written.
struct Section {
  std::string name;
  std::span<const std::byte> bytes;
};

/// Writes sections as one file that appears whole: beside, synced, renamed. On this process alone;
/// throws a storage error, and an older file stays.
///
/// The file: 16 bytes of magic; the length of the header and its XXH3 hash (seeded with that
/// length), each 8 bytes, little-endian; the header, JSON with name, length and hash of every
/// section; the sections, back to back.
void write_sections(const std::string& path, std::span<const Section> sections);

/// A file of sections in memory, every byte of it checked.
class SectionFile {
 public:
  /// Throws a storage error when the file cannot be read, and a data error naming the place (the
  /// magic, the header, a section, the length) at which it is not what was written.
  explicit SectionFile(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The bytes of a section, valid as long as this object. Throws a data error if it is absent.
  [[nodiscard]] std::span<const std::byte> at(const std::string& name) const;

 private:
  struct Entry {
    std::string name;
    std::size_t begin, size;
    std::string hash;
  };

  void read_header();
  void check_sections() const;
  [[noreturn]] void refuse(const std::string& what) const;

  std::string path_;
  std::vector<std::byte> bytes_;
  std::vector<Entry> entries_;
};

}  // namespace colonnade::train
