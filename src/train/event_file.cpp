#include <colonnade/base/error.hpp>
#include <colonnade/train/event_file.hpp>

#include <boost/crc.hpp>
#include <fmt/format.h>
#include <tensorboard.pb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace colonnade::train {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

// Lengths and checksums are little-endian.
static_assert(std::endian::native == std::endian::little);

constexpr const char* beginning = "events.out.tfevents.";

/// A new file's name: TensorBoard reads files in the order of their names.
std::string new_name() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  ::gethostname(host.data(), HOST_NAME_MAX);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return fmt::format("{}{:010}.{:06}.{}", beginning, microseconds / 1000000, microseconds % 1000000,
                     host.data());
}

/// CRC-32C, masked as TFRecord wants it.
std::uint32_t masked_crc(const void* bytes, std::size_t size) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes, size);
  return std::rotr(static_cast<std::uint32_t>(crc.checksum()), 15) + 0xa282ead8U;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

/// What TensorBoard calls a column; a slash makes a group.
std::string tag_of(const std::string& column) {
  if (column.ends_with("_loss")) return "loss/" + column.substr(0, column.size() - 5);
  return column.ends_with("_s") ? "time/" + column : column;
}

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

bool EventFile::is_own(const std::string& name) {
  return name.starts_with(beginning);
}

void EventFile::start(const std::string& metrics) {
  std::vector<std::string> lines;
  std::istringstream stream(metrics);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  base::expects(!lines.empty(), "metrics begin with their head");
  columns_ = cells_of(lines.front());
  try {
    fs::create_directory(path_);
    for (const auto& entry : fs::directory_iterator(path_))
      if (is_own(entry.path().filename())) fs::remove(entry.path());
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::storage, "cannot make the folder of events",
                {.file = path_, .value = error.code().message()});
  }
  name_ = path_ + "/" + new_name();
  file_ = std::ofstream(name_, std::ios::binary);
  start_s_ = now_s() - seconds_of(lines.back());
  tensorboard::Event version, session;
  version.set_file_version("brain.Event:2");
  // TensorBoard forgets what it has read of an earlier file, from step 0 on.
  session.mutable_session_log()->set_status(tensorboard::SessionLog::START);
  for (auto* event : {&version, &session}) {
    event->set_wall_time(start_s_);
    write(event->SerializeAsString());
  }
  for (std::size_t i = 1; i < lines.size(); ++i) add(lines[i]);
  check();
}

void EventFile::add(const std::string& line) {
  tensorboard::Event event;
  const auto cells = cells_of(line);
  for (std::size_t i = 0; i < std::min(cells.size(), columns_.size()); ++i) {
    const double number = std::strtod(cells[i].c_str(), nullptr);
    if (columns_[i] == "step") {
      event.set_step(static_cast<std::int64_t>(number));
    } else if (columns_[i] == "seconds") {
      event.set_wall_time(start_s_ + number);
    } else {
      auto& value = *event.mutable_summary()->add_value();
      value.set_tag(tag_of(columns_[i]));
      value.set_simple_value(static_cast<float>(number));
    }
  }
  write(event.SerializeAsString());
  check();
}

double EventFile::seconds_of(const std::string& line) const {
  const auto cells = cells_of(line);
  for (std::size_t i = 0; i < std::min(cells.size(), columns_.size()); ++i)
    if (columns_[i] == "seconds") return std::strtod(cells[i].c_str(), nullptr);
  return 0.0;
}

/// A TFRecord: length and bytes, each with its checksum.
void EventFile::write(const std::string& event) {
  const auto put = [this](const auto& value) {
    file_.write(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const std::uint64_t size = event.size();
  put(size);
  put(masked_crc(&size, sizeof size));
  file_ << event;
  put(masked_crc(event.data(), event.size()));
}

void EventFile::check() {
  file_ << std::flush;
  if (!file_)
    throw Error(ErrorKind::storage, "cannot append to the file",
                {.file = name_, .value = std::strerror(errno)});
}

}  // namespace colonnade::train
