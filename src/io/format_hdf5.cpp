#include "io/formats.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/hdf5.hpp>

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <filesystem>

namespace colonnade::io {

namespace {

constexpr const char* bare_dimension = "This is a netCDF dimension but not a netCDF variable.";

/// Attributes by which HDF5 and NetCDF-4 keep their books.
bool is_bookkeeping(const std::string& name) {
  return name == "CLASS" || name == "NAME" || name == "REFERENCE_LIST" ||
         name == "DIMENSION_LIST" || name == "_FillValue" || name.rfind("_Netcdf4", 0) == 0 ||
         name == "_NCProperties";
}

std::vector<std::string> attribute_names(const Hdf5File& file, const std::string& object) {
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5A_info_t*, void* into) {
    static_cast<std::vector<std::string>*>(into)->emplace_back(name);
    return herr_t{0};
  };
  const Handle target(H5Oopen(file.id(), object.empty() ? "/" : object.c_str(), H5P_DEFAULT),
                      H5Oclose);
  H5Aiterate2(target.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect, &names);
  std::erase_if(names, is_bookkeeping);
  return names;
}

std::map<std::string, std::string> text_attributes(const Hdf5File& file,
                                                   const std::string& object) {
  std::map<std::string, std::string> attributes;
  for (const auto& name : attribute_names(file, object))
    if (auto text = file.text_attribute(object, name)) attributes.emplace(name, *std::move(text));
  return attributes;
}

std::string name_of_scale(hid_t scale) {
  std::string name(static_cast<std::size_t>(std::max<ssize_t>(0, H5Iget_name(scale, nullptr, 0))),
                   '\0');
  H5Iget_name(scale, name.data(), name.size() + 1);
  return name.substr(name.rfind('/') + 1);
}

std::string dimension_name(hid_t set, unsigned axis) {
  if (H5DSis_scale(set) > 0) return name_of_scale(set);
  std::string name;
  const auto take = [](hid_t, unsigned, hid_t scale, void* into) {
    *static_cast<std::string*>(into) = name_of_scale(scale);
    return herr_t{1};
  };
  H5DSiterate_scales(set, axis, nullptr, take, &name);
  return name;
}

std::string type_name(hid_t type) {
  const auto bits = 8 * H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return fmt::format("float{}", bits);
    case H5T_INTEGER:
      return fmt::format("{}int{}", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
    case H5T_STRING:
      return "string";
    default:
      return "other";
  }
}

/// Where a dataset's values stand in the file, if they are neither chunked nor to be converted.
Stretch floats_of(hid_t set, hid_t type, const std::vector<std::int64_t>& shape) {
  const Handle properties(H5Dget_create_plist(set), H5Pclose);
  const haddr_t begin = H5Dget_offset(set);
  auto space = H5D_SPACE_STATUS_NOT_ALLOCATED;
  if (begin == HADDR_UNDEF || H5Dget_space_status(set, &space) < 0 ||
      space != H5D_SPACE_STATUS_ALLOCATED || H5Pget_layout(properties.get()) != H5D_CONTIGUOUS ||
      H5Pget_external_count(properties.get()) != 0 || H5Tequal(type, H5T_NATIVE_FLOAT) <= 0)
    return {};
  auto bytes = static_cast<std::uint64_t>(sizeof(float));
  for (const auto length : shape) bytes *= static_cast<std::uint64_t>(length);
  return {begin, begin + bytes};
}

/// Lengths of the chunks along each dimension; none if the dataset is not chunked.
std::vector<std::int64_t> chunk_of(hid_t set, std::size_t rank) {
  const Handle properties(H5Dget_create_plist(set), H5Pclose);
  if (rank == 0 || H5Pget_layout(properties.get()) != H5D_CHUNKED) return {};
  std::vector<hsize_t> lengths(rank);
  H5Pget_chunk(properties.get(), static_cast<int>(rank), lengths.data());
  return {lengths.begin(), lengths.end()};
}

VariableInfo describe_variable(const Hdf5File& file, const std::string& name) {
  VariableInfo info;
  info.name = name;
  const Handle set(H5Dopen2(file.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  const Handle type(H5Dget_type(set.get()), H5Tclose);
  const auto kind = H5Tget_class(type.get());
  info.type_name = type_name(type.get());
  if (kind == H5T_FLOAT || kind == H5T_INTEGER) info.type = VariableInfo::Type::number;
  if (kind == H5T_STRING) info.type = VariableInfo::Type::text;
  info.shape = file.shape(name);
  info.floats = floats_of(set.get(), type.get(), info.shape);
  info.chunk = chunk_of(set.get(), info.shape.size());
  for (unsigned axis = 0; axis < info.shape.size(); ++axis)
    info.dimensions.push_back(dimension_name(set.get(), axis));
  info.attributes = text_attributes(file, name);
  for (const char* const known : {"_FillValue", "missing_value", "valid_range", "valid_min",
                                  "valid_max", "scale_factor", "add_offset", "flag_values"})
    if (auto numbers = file.number_attribute(name, known); !numbers.empty())
      info.number_attributes.emplace(known, std::move(numbers));
  return info;
}

/// In the order of creation where the file keeps it, as NetCDF-4 files do; else by name.
std::vector<std::string> dataset_names(const Hdf5File& file) {
  const Handle root(H5Gopen2(file.id(), "/", H5P_DEFAULT), H5Gclose);
  const Handle properties(H5Gget_create_plist(root.get()), H5Pclose);
  unsigned order = 0;
  H5Pget_link_creation_order(properties.get(), &order);
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5O_info_t* info, void* into) {
    if (info->type == H5O_TYPE_DATASET)
      static_cast<std::vector<std::string>*>(into)->emplace_back(name);
    return herr_t{0};
  };
  const auto index = (order & H5P_CRT_ORDER_TRACKED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  check(H5Ovisit2(file.id(), index, H5_ITER_INC, collect, &names, H5O_INFO_BASIC), file.path(), "",
        "list the variables");
  return names;
}

bool is_bare_dimension(const Hdf5File& file, const std::string& name) {
  const auto label = file.text_attribute(name, "NAME");
  return label && label->rfind(bare_dimension, 0) == 0;
}

class Hdf5Rows final : public RowSource {
 public:
  Hdf5Rows(const mpi::Communicator& comm, const std::string& path)
      : file_(Hdf5File::open_collective(comm, path)) {}
  void read_rows(const std::string& variable, mpi::Range rows, std::span<float> values) override {
    file_.read_rows(variable, rows, values);
  }

 private:
  Hdf5File file_;
};

class Hdf5Boxes final : public BoxSource {
 public:
  explicit Hdf5Boxes(const std::string& path) : file_(Hdf5File::open(path)) {}
  void read_box(const std::string& variable, std::span<const std::int64_t> begin,
                std::span<const std::int64_t> count, std::span<double> values) override {
    file_.read_box(variable, begin, count, values);
  }

 private:
  Hdf5File file_;
};

}  // namespace

FileInfo describe_hdf5(const std::string& path) {
  const auto file = [&] {
    try {
      return Hdf5File::open(path);
    } catch (const base::Error& error) {
      if (is_of_disc(error)) throw;
      throw base::Error(base::ErrorKind::data, "the HDF5 file is damaged or cut short",
                        {.file = path, .value = error.facts().value});
    }
  }();
  FileInfo info;
  info.path = path;
  info.format = "HDF5";
  info.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  info.attributes = text_attributes(file, "");
  for (const auto& name : attribute_names(file, ""))
    if (auto numbers = file.number_attribute("", name); !numbers.empty())
      info.number_attributes.emplace(name, std::move(numbers));
  for (const auto& name : dataset_names(file)) {
    if (is_bare_dimension(file, name)) continue;
    info.variables.push_back(describe_variable(file, name));
    const auto& variable = info.variables.back();
    if (variable.type == VariableInfo::Type::text && variable.shape.size() == 1)
      info.texts.emplace(name, file.read_texts(name));
  }
  return info;
}

std::unique_ptr<RowSource> open_hdf5(const mpi::Communicator& comm, const std::string& path) {
  return std::make_unique<Hdf5Rows>(comm, path);
}

std::unique_ptr<BoxSource> open_hdf5_boxes(const std::string& path) {
  return std::make_unique<Hdf5Boxes>(path);
}

}  // namespace colonnade::io
