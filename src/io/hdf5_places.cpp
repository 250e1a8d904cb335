#include <colonnade/base/fault.hpp>
#include <colonnade/io/hdf5.hpp>

#include <algorithm>

namespace colonnade::io {

std::vector<std::uint64_t> Hdf5File::chunk_offsets(const std::string& name) const {
  const Handle set = dataset(name);
  const Handle properties(H5Dget_create_plist(set.get()), H5Pclose);
  const auto lengths = shape(name);
  std::vector<hsize_t> chunk(lengths.size());
  check(H5Pget_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()) < 0 ? -1 : 0,
        path_, name, "find the chunks");
  const auto rows = static_cast<hsize_t>(lengths[0]);
  hsize_t chunk_bytes = 0;
  const auto offset_of = [&](hsize_t number) {
    std::vector<hsize_t> corner(lengths.size(), 0);
    corner[0] = number * chunk[0];
    unsigned filters = 0;
    haddr_t address = 0;
    check(H5Dget_chunk_info_by_coord(set.get(), corner.data(), &filters, &address, &chunk_bytes),
          path_, name, "find a chunk");
    return address;
  };
  const hsize_t count = (rows + chunk[0] - 1) / chunk[0];
  std::vector<std::uint64_t> offsets;
  if (count == 0) return offsets;
  const haddr_t first = offset_of(0), last = offset_of(count - 1);
  // HDF5 looks through all chunks for each: those that stand side by side need no looking for.
  const bool side_by_side = last == first + (count - 1) * chunk_bytes;
  for (hsize_t number = 0; number < count; ++number)
    offsets.push_back(side_by_side ? first + number * chunk_bytes : offset_of(number));
  return offsets;
}

std::vector<Stretch> Hdf5File::stretches(const std::string& name) const {
  const Handle set = dataset(name);
  const Handle properties(H5Dget_create_plist(set.get()), H5Pclose);
  const Handle type(H5Dget_type(set.get()), H5Tclose);
  const auto lengths = shape(name);
  std::uint64_t row_bytes = H5Tget_size(type.get());
  for (std::size_t axis = 1; axis < lengths.size(); ++axis)
    row_bytes *= static_cast<std::uint64_t>(lengths[axis]);
  const auto rows = static_cast<std::uint64_t>(lengths.at(0));
  if (H5Pget_layout(properties.get()) != H5D_CHUNKED) {
    const std::uint64_t begin = H5Dget_offset(set.get());
    return {{begin, begin + rows * row_bytes}};
  }
  std::vector<hsize_t> chunk(lengths.size());
  H5Pget_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
  std::vector<Stretch> found;
  std::uint64_t first_row = 0;
  bool side_by_side = true;
  for (const auto begin : chunk_offsets(name)) {
    side_by_side = side_by_side && (found.empty() || found.back().end == begin);
    found.push_back(
        {begin, begin + std::min<std::uint64_t>(chunk[0], rows - first_row) * row_bytes});
    first_row += chunk[0];
  }
  if (side_by_side && !found.empty()) return {{found.front().begin, found.back().end}};
  return found;
}

void Hdf5File::read_box(const std::string& name, std::span<const std::int64_t> begin,
                        std::span<const std::int64_t> count, std::span<double> values) const {
  base::fault_site(base::FaultSite::read, path_);
  const Handle set = dataset(name);
  const std::vector<hsize_t> start(begin.begin(), begin.end());
  const std::vector<hsize_t> lengths(count.begin(), count.end());
  if (lengths.empty()) {
    read_whole(name, memory_type<double>(), values.data());
    return;
  }
  const Handle file_space(H5Dget_space(set.get()), H5Sclose);
  base::expects(H5Sget_simple_extent_ndims(file_space.get()) == static_cast<int>(lengths.size()),
                "the box has the dimensions of the dataset");
  H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, lengths.data(),
                      nullptr);
  const Handle memory_space(
      H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr), H5Sclose);
  check(H5Dread(set.get(), memory_type<double>(), memory_space.get(), file_space.get(), H5P_DEFAULT,
                values.data()),
        path_, name, "read");
}

}  // namespace colonnade::io
