#include "jobs.hpp"

#include <H5public.h>
#include <fmt/format.h>
#include <mpi.h>
#include <netcdf_meta.h>
#include <oneapi/dnnl/dnnl_version.h>

#include <array>
#include <string_view>

namespace colonnade::jobs {

namespace {

// May be asked before MPI starts.
std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string_view all(text.data(), static_cast<std::size_t>(length));
  return std::string(all.substr(0, all.find_first_of(",\n")));
}

}  // namespace

std::string versions() {
  return fmt::format("colonnade {}\n{}\n{}\nNetCDF {}\noneDNN {}.{}.{}", COLONNADE_VERSION,
                     mpi_version(), H5_VERS_INFO, NC_VERSION, DNNL_VERSION_MAJOR,
                     DNNL_VERSION_MINOR, DNNL_VERSION_PATCH);
}

}  // namespace colonnade::jobs
