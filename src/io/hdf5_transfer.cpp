#include "io/flat_boxes.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <algorithm>

namespace colonnade::io {

namespace {

std::vector<hsize_t> lengths_of(const Handle& space) {
  std::vector<hsize_t> lengths(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.get())));
  H5Sget_simple_extent_dims(space.get(), lengths.data(), nullptr);
  return lengths;
}

}  // namespace

void Hdf5File::move(Access access, const std::function<void()>& work) const {
  const mpi::Phase phase = access == Access::read ? mpi::Phase("read") : mpi::Phase("write");
  const mpi::InPhase here(phase);
  base::fault_site(access == Access::read ? base::FaultSite::read : base::FaultSite::write, path_);
  const auto error = mpi::error_of([&] {
    std::optional<mpi::Waiting> waiting;
    if (comm_) waiting.emplace();
    work();
  });
  if (comm_)
    mpi::agree_after_collective(*comm_, phase, error);
  else if (error)
    throw *error;
}

void Hdf5File::move_rows(const std::string& name, hid_t type, mpi::Range rows, void* values,
                         std::size_t count, Access access) const {
  move(access, [&] { move_rows_here(name, type, rows, values, count, access); });
}

void Hdf5File::move_rows_here(const std::string& name, hid_t type, mpi::Range rows, void* values,
                              std::size_t count, Access access) const {
  const Handle set = dataset(name);
  const Handle file_space(H5Dget_space(set.get()), H5Sclose);
  auto lengths = lengths_of(file_space);
  std::vector<hsize_t> start(lengths.size(), 0);
  start[0] = static_cast<hsize_t>(rows.begin);
  base::expects(rows.empty() || static_cast<hsize_t>(rows.end) <= lengths[0],
                "rows lie in the dataset");
  lengths[0] = static_cast<hsize_t>(rows.size());
  hsize_t elements = 1;
  for (const auto length : lengths) elements *= length;
  base::expects(elements == count, "the buffer holds exactly the rows");
  if (elements == 0)
    H5Sselect_none(file_space.get());
  else
    H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, lengths.data(),
                        nullptr);
  // Of the file's rank: HDF5 maps selections of the same shape by chunks, others value by value.
  const Handle memory_space(
      H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr), H5Sclose);
  if (elements == 0) H5Sselect_none(memory_space.get());
  transfer(name, set, type, memory_space, file_space, values, access);
}

void Hdf5File::write_flat(const std::string& name, hid_t type, mpi::Range range, const void* values,
                          std::size_t count) {
  move(Access::write, [&] {
    const Handle set = dataset(name);
    const Handle file_space(H5Dget_space(set.get()), H5Sclose);
    const auto lengths = lengths_of(file_space);
    base::expects(static_cast<std::size_t>(range.size()) == count,
                  "the buffer holds exactly the range");
    H5Sselect_none(file_space.get());
    for (const auto& box : flat_boxes(range, lengths))
      H5Sselect_hyperslab(file_space.get(), H5S_SELECT_OR, box.start.data(), nullptr,
                          box.count.data(), nullptr);
    const hsize_t length = count;
    const Handle memory_space(H5Screate_simple(1, &length, nullptr), H5Sclose);
    if (count == 0) H5Sselect_none(memory_space.get());
    transfer(name, set, type, memory_space, file_space, const_cast<void*>(values), Access::write);
  });
}

void Hdf5File::transfer(const std::string& name, const Handle& dataset, hid_t type,
                        const Handle& memory_space, const Handle& file_space, void* values,
                        Access access) const {
  const Handle properties(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  if (comm_) H5Pset_dxpl_mpio(properties.get(), H5FD_MPIO_COLLECTIVE);
  // An empty vector has no address, which HDF5 takes for an error even when nothing is selected.
  static float nothing = 0;
  if (values == nullptr) values = &nothing;
  if (access == Access::read)
    check(H5Dread(dataset.get(), type, memory_space.get(), file_space.get(), properties.get(),
                  values),
          path_, name, "read");
  else
    check(H5Dwrite(dataset.get(), type, memory_space.get(), file_space.get(), properties.get(),
                   values),
          path_, name, "write");
  H5D_mpio_actual_io_mode_t mode = H5D_MPIO_NO_COLLECTIVE;
  if (comm_) H5Pget_mpio_actual_io_mode(properties.get(), &mode);
  was_collective_ = mode != H5D_MPIO_NO_COLLECTIVE;
}

}  // namespace colonnade::io
