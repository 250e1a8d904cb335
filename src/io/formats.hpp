#pragma once

#include <colonnade/io/box_source.hpp>
#include <colonnade/io/row_source.hpp>

#include <cstdint>
#include <memory>
#include <string>

// The two formats behind describe(), RowSource and BoxSource.
namespace colonnade::io {

FileInfo describe_hdf5(const std::string& path);
std::unique_ptr<RowSource> open_hdf5(const mpi::Communicator& comm, const std::string& path);
std::unique_ptr<BoxSource> open_hdf5_boxes(const std::string& path);

FileInfo describe_classic(const std::string& path);
/// Bytes that the header of a NetCDF classic file says the file has (numbers and lists of the "File
/// Format Specifications" in the NetCDF documentation); throws a data error when the header itself
/// is cut short. NetCDF-C tells nothing of this, and reads zeros beyond the end of a file.
std::uint64_t classic_extent(const std::string& path);
std::unique_ptr<RowSource> open_classic(const mpi::Communicator& comm, const std::string& path);
std::unique_ptr<BoxSource> open_classic_boxes(const std::string& path);

}  // namespace colonnade::io
