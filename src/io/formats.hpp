#pragma once

#include <colonnade/io/row_source.hpp>

#include <memory>
#include <string>

// The two formats behind describe() and RowSource.
namespace colonnade::io {

FileInfo describe_hdf5(const std::string& path);
std::unique_ptr<RowSource> open_hdf5(const mpi::Communicator& comm, const std::string& path);

FileInfo describe_classic(const std::string& path);
std::unique_ptr<RowSource> open_classic(const mpi::Communicator& comm, const std::string& path);

}  // namespace colonnade::io
