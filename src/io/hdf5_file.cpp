#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

namespace colonnade::io {

using base::Error;
using base::ErrorKind;

template <>
hid_t memory_type<float>() {
  return H5T_NATIVE_FLOAT;
}
template <>
hid_t memory_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t memory_type<std::int8_t>() {
  return H5T_NATIVE_INT8;
}
template <>
hid_t memory_type<std::int32_t>() {
  return H5T_NATIVE_INT32;
}
template <>
hid_t memory_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}
template <>
hid_t memory_type<std::uint64_t>() {
  return H5T_NATIVE_UINT64;
}

Hdf5File::Hdf5File(std::string path, Handle file, std::optional<mpi::Communicator> comm)
    : path_(std::move(path)), file_(std::move(file)), comm_(comm) {}

namespace {

unsigned flags_of(Hdf5File::Access access) {
  return access == Hdf5File::Access::write ? H5F_ACC_RDWR : H5F_ACC_RDONLY;
}

/// Reserves the bytes of a file open for writing, with those that its closing may add; throws a
/// storage error.
void reserve_all(hid_t file, const std::string& path) {
  constexpr hsize_t added_bytes = hsize_t{1} << 16;
  unsigned intent = 0;
  hsize_t bytes = 0;
  if (H5Fget_intent(file, &intent) < 0 || intent == H5F_ACC_RDONLY) return;
  if (H5Fget_filesize(file, &bytes) >= 0) reserve_bytes(path, bytes + added_bytes);
}

/// Lets the bytes that a file has yet to write go to memory.
void divert(hid_t file) {
  void* descriptor = nullptr;
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor) < 0) return;
  const int memory = ::memfd_create("unwritten", MFD_CLOEXEC);
  ::dup2(memory, *static_cast<int*>(descriptor));
  ::close(memory);
}

/// Closes a file of this process alone. HDF5 1.10 should not meet a disc that refuses while it
/// closes: see has_unclosed_file().
herr_t close_alone(hid_t file) {
  std::array<char, PATH_MAX> path{};
  H5Fget_name(file, path.data(), path.size());
  try {
    reserve_all(file, path.data());
    if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0) divert(file);
  } catch (const Error&) {
    divert(file);
  }
  return close_file(file);
}

Handle access_properties() {
  silence_hdf5();
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Chunk indices that do not grow with the chunk's number need the format of HDF5 1.10.
  H5Pset_libver_bounds(properties.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_fclose_degree(properties.get(), H5F_CLOSE_STRONG);
  return properties;
}

}  // namespace

Hdf5File Hdf5File::open(const std::string& path, Access access) {
  const Handle properties = access_properties();
  Handle file = checked(H5Fopen(path.c_str(), flags_of(access), properties.get()), close_alone,
                        path, "", "open the file as HDF5");
  return {path, std::move(file), std::nullopt};
}

Hdf5File Hdf5File::create(const std::string& path) {
  const Handle properties = access_properties();
  // In the order of creation, which NetCDF-4 wants of files that it appends to.
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_link_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_attr_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  Handle file = checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), properties.get()),
                        close_alone, path, "", "create the file");
  return {path, std::move(file), std::nullopt};
}

Hdf5File Hdf5File::open_collective(const mpi::Communicator& comm, const std::string& path,
                                   Access access) {
  const mpi::InPhase here("open");
  const Handle properties = access_properties();
  {
    const mpi::Waiting waiting;  // it copies the communicator
    H5Pset_fapl_mpio(properties.get(), comm.handle(), MPI_INFO_NULL);
  }
  H5Pset_all_coll_metadata_ops(properties.get(), true);
  H5Pset_coll_metadata_write(properties.get(), true);
  Handle file;
  base::fault_site(base::FaultSite::open, path);
  mpi::agree_after_collective(comm, "open", mpi::error_of([&] {
                                const mpi::Waiting waiting;
                                file = checked(
                                    H5Fopen(path.c_str(), flags_of(access), properties.get()),
                                    close_file, path, "", "open the file as HDF5 on all ranks");
                              }));
  return {path, std::move(file), comm};
}

bool Hdf5File::has(const std::string& name) const {
  // H5Lexists wants every group on the way to exist.
  for (std::size_t slash = name.find('/', 1); slash != std::string::npos;
       slash = name.find('/', slash + 1))
    if (!has_link(name.substr(0, slash))) return false;
  return has_link(name);
}

bool Hdf5File::has_link(const std::string& name) const {
  const htri_t found = H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT);
  check(found < 0 ? -1 : 0, path_, name, "look for the variable");
  return found > 0;
}

Handle Hdf5File::dataset(const std::string& name) const {
  if (!has(name))
    throw Error(ErrorKind::data, "no such variable", {.file = path_, .variable = name});
  return checked(H5Dopen2(file_.get(), name.c_str(), H5P_DEFAULT), H5Dclose, path_, name,
                 "open the variable");
}

std::vector<std::int64_t> Hdf5File::shape(const std::string& name) const {
  const Handle set = dataset(name);
  const Handle space(H5Dget_space(set.get()), H5Sclose);
  std::vector<hsize_t> lengths(
      static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
  H5Sget_simple_extent_dims(space.get(), lengths.data(), nullptr);
  return {lengths.begin(), lengths.end()};
}

std::size_t Hdf5File::element_count(const std::string& name) const {
  std::size_t count = 1;
  for (const auto length : shape(name)) count *= static_cast<std::size_t>(length);
  return count;
}

void Hdf5File::close() {
  const mpi::InPhase here("close");
  base::fault_site(base::FaultSite::close, path_);
  const auto error = mpi::error_of([&] {
    if (file_ && !comm_) {
      reserve_all(file_.get(), path_);
      check(H5Fflush(file_.get(), H5F_SCOPE_LOCAL), path_, "", "write the file's last bytes");
    }
    std::optional<mpi::Waiting> waiting;
    if (comm_) waiting.emplace();
    check(file_.reset(), path_, "", "close the file: its last bytes");
  });
  if (comm_)
    mpi::agree_after_collective(*comm_, "close", error);
  else if (error)
    throw *error;
}

void Hdf5File::write_whole(const std::string& name, hid_t type, const void* values) {
  const Handle set = dataset(name);
  check(H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), path_, name, "write");
}

void Hdf5File::read_whole(const std::string& name, hid_t type, void* values) const {
  const Handle set = dataset(name);
  check(H5Dread(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), path_, name, "read");
}

}  // namespace colonnade::io
