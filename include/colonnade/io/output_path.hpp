#pragma once

#include <colonnade/io/partial.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace colonnade::io {

/// A file or folder that appears under its final name only when it is whole.
///
/// The work goes to temporary() beside the final name, which is there, empty; commit() syncs it,
/// renames it and syncs the folder. Without a commit the destructor removes what was written, the
/// root's task, and an older output stays as it was.
class OutputPath {
 public:
  /// **Collective.** Follows links to where the output will lie. Throws on all ranks: a usage error
  /// when there is something and `force` is false, or when it is not of this kind (a device, a
  /// folder for a file); a storage error when the folder around it does not exist or cannot be
  /// written.
  OutputPath(const mpi::Communicator& comm, const std::string& path, bool force,
             Partial::Kind kind = Partial::Kind::file);

  [[nodiscard]] const std::string& temporary() const { return temporary_; }
  /// **Collective.** Syncs, renames, syncs the folder; throws on all ranks a storage error, and
  /// without force a usage error when another job was faster.
  void commit();

 private:
  mpi::Communicator comm_;
  bool force_;
  std::optional<Partial> partial_;  ///< on the root
  std::string temporary_;
};

/// `path` without slashes at its end, as names of folders are given with them.
std::string without_last_slashes(std::string path);

/// Throws a usage error when writing `output` would replace one of `inputs`: it is one of them, or
/// a folder around one, be it through links.
void expect_no_input(const std::string& output, std::span<const std::string> inputs);

/// Takes the blocks of a file of `bytes` from the disc now, so that a full disc is met before the
/// first byte is written; throws a storage error with the free space. Where the file system cannot
/// do that, compares with the free space.
void reserve_bytes(const std::string& path, std::uint64_t bytes);

/// Lets the system begin to bring a file's bytes to the disc, while more of them are made. Errors
/// show in sync_file.
void start_writing_back(const std::string& path) noexcept;

/// Makes sure that the bytes of a file lie on the disc; throws a storage error.
void sync_file(const std::string& path);

/// Writes a file whole from its parts: beside, synced, renamed. On this process alone; throws a
/// storage error, and an older file stays.
void write_file(const std::string& path, std::span<const std::span<const std::byte>> parts);

/// As write_file, for a text.
void write_text_file(const std::string& path, const std::string& text);

}  // namespace colonnade::io
