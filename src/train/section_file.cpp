#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/train/section_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

constexpr std::string_view magic = "COLONNADE-CKPT-1";

/// What stands before the header.
struct Preamble {
  std::array<char, 16> begin{};
  std::uint64_t header_bytes = 0;
  std::uint64_t header_hash = 0;
};

std::uint64_t header_hash(std::string_view header) {
  return base::hash_text(header, header.size());
}

std::string header_of(std::span<const Section> sections) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [name, bytes] : sections)
    list.push_back(
        {{"name", name}, {"bytes", bytes.size()}, {"hash", base::hex(base::hash_bytes(bytes))}});
  return nlohmann::ordered_json{{"sections", list}}.dump();
}

std::vector<std::byte> content_of(const std::string& path) {
  io::expect_regular(path);
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  std::ifstream stream(path, std::ios::binary);
  if (code || !stream)
    throw Error(ErrorKind::storage, "cannot open the checkpoint",
                {.file = path, .value = code ? code.message() : std::strerror(errno)});
  std::vector<std::byte> bytes(size);
  // An ifstream reads chars.
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!stream)
    throw Error(ErrorKind::storage, "cannot read the checkpoint",
                {.file = path, .value = std::strerror(errno)});
  return bytes;
}

}  // namespace

void write_sections(const std::string& path, std::span<const Section> sections) {
  const std::string header = header_of(sections);
  Preamble preamble{.header_bytes = header.size(), .header_hash = header_hash(header)};
  std::copy(magic.begin(), magic.end(), preamble.begin.begin());
  std::vector<std::span<const std::byte>> parts{std::as_bytes(std::span(&preamble, 1)),
                                                std::as_bytes(std::span(header))};
  for (const auto& section : sections) parts.push_back(section.bytes);
  io::write_file(path, parts);
}

SectionFile::SectionFile(const std::string& path) : path_(path), bytes_(content_of(path)) {
  read_header();
  check_sections();
}

std::span<const std::byte> SectionFile::at(const std::string& name) const {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& each) { return each.name == name; });
  if (entry == entries_.end()) refuse("section " + name + " is absent");
  return std::span(bytes_).subspan(entry->begin, entry->size);
}

void SectionFile::read_header() {
  Preamble preamble;
  if (bytes_.size() < sizeof preamble) refuse("the file ends within its first bytes");
  std::memcpy(&preamble, bytes_.data(), sizeof preamble);
  if (std::string_view(preamble.begin.data(), magic.size()) != magic)
    refuse("it does not begin as a checkpoint does");
  if (preamble.header_bytes > bytes_.size() - sizeof preamble)
    refuse("the file ends within its header");
  std::string header(preamble.header_bytes, '\0');
  std::memcpy(header.data(), bytes_.data() + sizeof preamble, header.size());
  if (header_hash(header) != preamble.header_hash) refuse("the hash of its header differs");
  std::size_t end = sizeof preamble + header.size();
  try {
    const auto json = nlohmann::json::parse(header);
    for (const auto& section : json.at("sections")) {
      entries_.push_back({section.at("name"), end, section.at("bytes"), section.at("hash")});
      end += entries_.back().size;
    }
  } catch (const nlohmann::json::exception& error) {
    refuse(error.what());
  }
  if (bytes_.size() != end)
    refuse(fmt::format("it has {} bytes instead of {}", bytes_.size(), end));
}

void SectionFile::check_sections() const {
  for (const auto& [name, begin, size, hash] : entries_)
    if (base::hex(base::hash_bytes(std::span(bytes_).subspan(begin, size))) != hash)
      refuse("the hash of section " + name + " differs");
}

void SectionFile::refuse(const std::string& what) const {
  throw Error(ErrorKind::data, "the checkpoint is not whole", {.file = path_, .value = what});
}

}  // namespace colonnade::train
