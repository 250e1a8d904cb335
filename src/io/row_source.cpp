#include "io/formats.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/handle.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/io/seal.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace colonnade::io {

using base::Error;
using base::ErrorKind;

namespace {

bool is_classic(const std::string& path) {
  std::array<char, 4> magic{};
  std::ifstream stream(path, std::ios::binary);
  stream.read(magic.data(), magic.size());
  if (stream.bad())
    throw Error(ErrorKind::storage, "cannot read the file",
                {.file = path, .value = std::strerror(errno)});
  return std::strncmp(magic.data(), "CDF", 3) == 0 &&
         (magic[3] == 1 || magic[3] == 2 || magic[3] == 5);
}

}  // namespace

const VariableInfo* FileInfo::find(const std::string& name) const {
  const auto found =
      std::find_if(variables.begin(), variables.end(),
                   [&](const VariableInfo& variable) { return variable.name == name; });
  return found == variables.end() ? nullptr : &*found;
}

FileInfo describe(const std::string& path) {
  silence_hdf5();
  if (has_seal(path)) check_seal(path, "file", "make it again, or take a copy of it");
  if (is_classic(path)) return describe_classic(path);
  const htri_t is_hdf5 = H5Fis_hdf5(path.c_str());
  if (is_hdf5 < 0) check(-1, path, "", "read the file");
  if (is_hdf5 == 0)
    throw Error(ErrorKind::data, "neither HDF5 (NetCDF-4) nor NetCDF classic", {.file = path});
  return describe_hdf5(path);
}

std::unique_ptr<RowSource> RowSource::open(const mpi::Communicator& comm, const std::string& path) {
  int classic = 0;
  mpi::agreed_on_root(comm, "open", [&] {
    expect_readable(path);
    classic = is_classic(path) ? 1 : 0;
  });
  comm.broadcast(std::span<int>(&classic, 1));
  return classic != 0 ? open_classic(comm, path) : open_hdf5(comm, path);
}

std::unique_ptr<BoxSource> BoxSource::open(const std::string& path) {
  expect_readable(path);
  return is_classic(path) ? open_classic_boxes(path) : open_hdf5_boxes(path);
}

}  // namespace colonnade::io
