#pragma once

#include <colonnade/io/seal.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::io {

/// Rows of a dataset that is neither compressed nor converted, read by their place in the file,
/// without HDF5 and MPI: by any thread, and by several at once.
class PlainRows {
 public:
  /// `stretches` are the dataset's, as Hdf5File::stretches tells them. Throws a storage error when
  /// the file cannot be opened.
  PlainRows(std::string path, std::string variable, std::vector<Stretch> stretches,
            std::uint64_t row_bytes);
  ~PlainRows();
  PlainRows(PlainRows&& other) noexcept;
  PlainRows& operator=(PlainRows&&) = delete;

  /// Reads `rows` into `bytes`, which holds exactly them. Throws a storage error when the file
  /// cannot be read, or ends too early.
  void read(mpi::Range rows, std::span<std::byte> bytes) const;

 private:
  void read_bytes(std::uint64_t begin, std::span<std::byte> bytes) const;

  std::string path_, variable_;
  std::vector<Stretch> stretches_;
  std::uint64_t row_bytes_;
  std::int64_t stretch_rows_;  ///< of each stretch but the last
  int file_ = -1;
};

}  // namespace colonnade::io
