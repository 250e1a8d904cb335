#include <colonnade/io/handle.hpp>

#include <mpi.h>
#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace colonnade::io {

namespace {

herr_t keep_innermost(unsigned /*depth*/, const H5E_error2_t* error, void* reason) {
  if (error->desc != nullptr) *static_cast<std::string*>(reason) = error->desc;
  return 0;
}

/// Whether HDF5 could not close a file.
std::atomic<bool> has_unclosed = false;

/// Whether a transfer of this rank has failed since check() asked last.
bool has_failed = false;

/// Does a transfer, and notes when it fails or moves fewer bytes (Open MPI 4.1 tells of a failed
/// read in no other way, and HDF5 fills up with zeros). HDF5 hears of success, so that this rank
/// takes part in all that follows of a collective call: otherwise the others wait for it for ever.
template <typename Transfer>
int noted(Transfer transfer, int count, MPI_Datatype type, MPI_Status* status) {
  MPI_Status own;
  if (status == MPI_STATUS_IGNORE) status = &own;
  const int code = transfer(status);
  int type_bytes = 0;
  MPI_Count moved = 0;
  MPI_Type_size(type, &type_bytes);
  MPI_Get_elements_x(status, MPI_BYTE, &moved);
  const MPI_Count all = MPI_Count{count} * type_bytes;
  if (code == MPI_SUCCESS && moved == all) return code;
  has_failed = true;
  MPI_Status_set_elements_x(status, MPI_BYTE, all);
  return MPI_SUCCESS;
}

}  // namespace

// MPI's profiling interface lets a program put functions of its own before the library's: here
// before those that HDF5 moves bytes with.
extern "C" {
// Open MPI gives every file a shared pointer, which nobody here uses, under a semaphore of the
// file's name. A rank that is killed meanwhile leaves it locked, and the root of each later job on
// that machine waits for it for ever: so it is made anew.
int MPI_File_open(MPI_Comm comm, const char* path, int mode, MPI_Info info, MPI_File* file) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  const auto name = "/OMPIO_" + std::filesystem::path(path).filename().string();
  if (rank == 0) ::sem_unlink(name.c_str());
  return PMPI_File_open(comm, path, mode, info, file);
}

int MPI_File_read_at(MPI_File file, MPI_Offset at, void* to, int count, MPI_Datatype type,
                     MPI_Status* status) {
  const auto read = [&](MPI_Status* s) { return PMPI_File_read_at(file, at, to, count, type, s); };
  return noted(read, count, type, status);
}

int MPI_File_read_at_all(MPI_File file, MPI_Offset at, void* to, int count, MPI_Datatype type,
                         MPI_Status* status) {
  const auto read = [&](MPI_Status* s) {
    return PMPI_File_read_at_all(file, at, to, count, type, s);
  };
  return noted(read, count, type, status);
}

int MPI_File_write_at(MPI_File file, MPI_Offset at, const void* from, int count, MPI_Datatype type,
                      MPI_Status* status) {
  const auto write = [&](MPI_Status* s) {
    return PMPI_File_write_at(file, at, from, count, type, s);
  };
  return noted(write, count, type, status);
}

int MPI_File_write_at_all(MPI_File file, MPI_Offset at, const void* from, int count,
                          MPI_Datatype type, MPI_Status* status) {
  const auto write = [&](MPI_Status* s) {
    return PMPI_File_write_at_all(file, at, from, count, type, s);
  };
  return noted(write, count, type, status);
}
}

std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_innermost, &reason);
  // Of a failed read or write it tells time, buffer and more, on several lines.
  constexpr std::string_view before = "error message = '";
  if (const auto place = reason.find(before); place != std::string::npos) {
    const auto begin = place + before.size();
    return reason.substr(begin, reason.find('\'', begin) - begin);
  }
  return reason.substr(0, reason.find('\n'));
}

herr_t close_file(hid_t file) {
  const herr_t status = H5Fclose(file);
  if (status < 0) has_unclosed = true;
  return status;
}

bool has_unclosed_file() {
  return has_unclosed;
}

void silence_hdf5() {
  static const herr_t done = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(done);
}

Handle checked(hid_t id, Handle::Closer closer, const std::string& file,
               const std::string& variable, const char* what) {
  check(id < 0 ? -1 : 0, file, variable, what);
  return {id, closer};
}

bool is_of_disc(const base::Error& error) {
  return error.facts().value == std::strerror(EIO);
}

void check(herr_t status, const std::string& file, const std::string& variable, const char* what) {
  const bool is_of_transfer = std::exchange(has_failed, false);
  if (status >= 0 && !is_of_transfer) return;
  throw base::Error(base::ErrorKind::storage, std::string("cannot ") + what,
                    {.file = file,
                     .variable = variable,
                     .value = is_of_transfer ? "MPI moved fewer bytes than asked" : hdf5_reason()});
}

}  // namespace colonnade::io
