#pragma once

#include <colonnade/io/seal.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace colonnade::io {

/// A file that is read at any place without HDF5 and MPI: by any thread, and by several at once.
class PlainFile {
 public:
  /// How it will be read: the system reads ahead of what comes in ascending order.
  enum class Order : std::uint8_t { any, ascending };

  /// Throws a storage error when the file cannot be opened.
  PlainFile(std::string path, Order order);
  ~PlainFile();
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Reads the bytes from `begin` on, which belong to `variable`. Throws a storage error when the
  /// file cannot be read, or ends too early.
  void read(std::uint64_t begin, std::span<std::byte> bytes, const std::string& variable) const;
  /// Asks the system to have these bytes in memory soon, without waiting for them.
  void call_for(std::uint64_t begin, std::uint64_t bytes) const noexcept;

 private:
  std::string path_;
  int file_;
};

/// Rows of a dataset that is neither compressed nor converted, read by their place in the file.
class PlainRows {
 public:
  /// `stretches` are the dataset's, as Hdf5File::stretches tells them.
  PlainRows(std::shared_ptr<const PlainFile> file, std::string variable,
            std::vector<Stretch> stretches, std::uint64_t row_bytes);

  /// Reads `rows` into `bytes`, which holds exactly them. Throws a storage error when the file
  /// cannot be read, or ends too early.
  void read(mpi::Range rows, std::span<std::byte> bytes) const;
  /// Asks the system to have `rows` in memory soon, without waiting for them.
  void call_for(mpi::Range rows) const;

 private:
  /// Calls `use(begin, bytes)` for the places of `rows` in the file, in order.
  template <typename Use>
  void for_each_stretch(mpi::Range rows, Use use) const;

  std::shared_ptr<const PlainFile> file_;
  std::string variable_;
  std::vector<Stretch> stretches_;
  std::uint64_t row_bytes_;
  std::int64_t stretch_rows_;  ///< of each stretch but the last
};

}  // namespace colonnade::io
