#pragma once

#include <colonnade/io/handle.hpp>
#include <colonnade/io/seal.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>

#include <hdf5.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace colonnade::io {

/// The HDF5 type in memory of an arithmetic type of ours.
template <typename T>
hid_t memory_type();
template <>
hid_t memory_type<float>();
template <>
hid_t memory_type<double>();
template <>
hid_t memory_type<std::int8_t>();
template <>
hid_t memory_type<std::int32_t>();
template <>
hid_t memory_type<std::int64_t>();
template <>
hid_t memory_type<std::uint64_t>();

/// A dimension of a dataset: its name becomes a NetCDF dimension.
struct Dimension {
  std::string name;
  std::int64_t length = 0;
};

/// An HDF5 file that NetCDF-4 tools open too.
///
/// Opened by one process alone (open, create) or by all ranks (open_collective). Headers are made
/// by one process; bulk rows are read and written by all. Errors are base::Error of kind storage
/// (data, for what a file lacks) with file and variable; calls marked collective throw the same
/// error on all ranks.
class Hdf5File {
 public:
  enum class Access : std::uint8_t { read, write };

  /// Opens an existing file on this process alone.
  static Hdf5File open(const std::string& path, Access access = Access::read);
  /// Creates (truncates) a file on this process alone.
  static Hdf5File create(const std::string& path);
  /// **Collective.** Opens an existing file for hyperslabs of all ranks.
  static Hdf5File open_collective(const mpi::Communicator& comm, const std::string& path,
                                  Access access = Access::read);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] hid_t id() const { return file_.get(); }
  [[nodiscard]] bool has(const std::string& name) const;
  /// Lengths of the dataset's dimensions.
  [[nodiscard]] std::vector<std::int64_t> shape(const std::string& name) const;
  /// Closes now and throws when the file system refused the last bytes. **Collective** if the file
  /// was opened so.
  void close();

  /// Creates a numeric dataset, never filled beforehand, with one chunk per `chunk_rows` rows (0:
  /// contiguous), and attaches its dimensions, which are created as NetCDF dimensions where they do
  /// not exist.
  template <typename T>
  void create_dataset(const std::string& name, const std::vector<Dimension>& dimensions,
                      std::int64_t chunk_rows = 0) {
    create_dataset(name, memory_type<T>(), dimensions, chunk_rows);
  }
  /// Creates and writes a whole dataset from this process.
  template <typename T>
  void write_all(const std::string& name, const std::vector<Dimension>& dimensions,
                 std::span<const T> values) {
    create_dataset<T>(name, dimensions);
    write_whole(name, memory_type<T>(), values.data());
  }
  /// Creates and writes a one-dimensional dataset of texts (NetCDF-4 strings).
  void write_texts(const std::string& name, const Dimension& dimension,
                   std::span<const std::string> texts);
  /// Creates and writes one text without a dimension; `name` may lie in a group that is made on the
  /// way.
  void write_text(const std::string& name, const std::string& text);

  /// Reads a whole dataset on this process.
  template <typename T>
  [[nodiscard]] std::vector<T> read_all(const std::string& name) const {
    std::vector<T> values(element_count(name));
    read_whole(name, memory_type<T>(), values.data());
    return values;
  }
  [[nodiscard]] std::vector<std::string> read_texts(const std::string& name) const;
  [[nodiscard]] std::string read_text(const std::string& name) const;

  /// Reads the `count` values from `begin` on along each dimension into `values`, row-major, on
  /// this process alone.
  void read_box(const std::string& name, std::span<const std::int64_t> begin,
                std::span<const std::int64_t> count, std::span<double> values) const;

  /// **Collective** on a file opened so. Reads rows (each rank its own range of the first
  /// dimension, perhaps empty).
  template <typename T>
  void read_rows(const std::string& name, mpi::Range rows, std::span<T> values) const {
    move_rows(name, memory_type<T>(), rows, values.data(), values.size(), Access::read);
  }
  /// **Collective** on a file opened so. Writes rows (each rank its own range of the first
  /// dimension, perhaps empty).
  template <typename T>
  void write_rows(const std::string& name, mpi::Range rows, std::span<const T> values) {
    move_rows(name, memory_type<T>(), rows, const_cast<T*>(values.data()), values.size(),
              Access::write);
  }
  /// **Collective** on a file opened so. Writes values that follow one another, the last dimension
  /// fastest (each rank its own range of all values' numbers, perhaps empty).
  template <typename T>
  void write_flat(const std::string& name, mpi::Range range, std::span<const T> values) {
    write_flat(name, memory_type<T>(), range, values.data(), values.size());
  }

  /// Sets an attribute of a dataset, or of the file when `object` is empty; numbers become arrays
  /// of their length.
  void set_attribute(const std::string& object, const std::string& name, const std::string& text);
  void set_attribute(const std::string& object, const std::string& name,
                     std::span<const std::int8_t> numbers);
  void set_attribute(const std::string& object, const std::string& name,
                     std::span<const std::int32_t> numbers);
  void set_attribute(const std::string& object, const std::string& name,
                     std::span<const std::int64_t> numbers);
  void set_attribute(const std::string& object, const std::string& name,
                     std::span<const double> numbers);
  [[nodiscard]] std::optional<std::string> text_attribute(const std::string& object,
                                                          const std::string& name) const;
  [[nodiscard]] std::vector<double> number_attribute(const std::string& object,
                                                     const std::string& name) const;

  /// Byte offset in the file of each chunk of `name`, by chunk number along the first dimension.
  [[nodiscard]] std::vector<std::uint64_t> chunk_offsets(const std::string& name) const;
  /// Where the values of `name` lie in the file: in one stretch if they follow one another, else
  /// the rows of each chunk (without the padding of the last one).
  [[nodiscard]] std::vector<Stretch> stretches(const std::string& name) const;
  /// True when the last read_rows or write_rows was carried out by collective MPI-IO on this rank.
  [[nodiscard]] bool last_transfer_was_collective() const { return was_collective_; }

 private:
  Hdf5File(std::string path, Handle file, std::optional<mpi::Communicator> comm);
  [[nodiscard]] Handle dataset(const std::string& name) const;
  [[nodiscard]] std::size_t element_count(const std::string& name) const;
  void create_dataset(const std::string& name, hid_t type, const std::vector<Dimension>& dimensions,
                      std::int64_t chunk_rows);
  void attach(const Handle& dataset, const std::string& name,
              const std::vector<Dimension>& dimensions);
  void write_whole(const std::string& name, hid_t type, const void* values);
  void read_whole(const std::string& name, hid_t type, void* values) const;
  void move_rows(const std::string& name, hid_t type, mpi::Range rows, void* values,
                 std::size_t count, Access access) const;
  [[nodiscard]] bool has_link(const std::string& name) const;
  void move_rows_here(const std::string& name, hid_t type, mpi::Range rows, void* values,
                      std::size_t count, Access access) const;
  void write_flat(const std::string& name, hid_t type, mpi::Range range, const void* values,
                  std::size_t count);
  /// What was selected in a dataset's space, in one collective transfer on a file opened so.
  void transfer(const std::string& name, const Handle& dataset, hid_t type,
                const Handle& memory_space, const Handle& file_space, void* values,
                Access access) const;
  /// **Collective** on a file opened so. Moves values, and agrees on what went wrong.
  void move(Access access, const std::function<void()>& work) const;
  void set_numbers(const std::string& object, const std::string& name, hid_t type,
                   std::size_t count, const void* numbers);

  std::string path_;
  Handle file_;
  std::optional<mpi::Communicator> comm_;
  mutable bool was_collective_ = false;
};

}  // namespace colonnade::io
