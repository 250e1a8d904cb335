// The header side of Hdf5File: datasets with NetCDF dimensions, texts, attributes.
#include <colonnade/base/error.hpp>
#include <colonnade/io/hdf5.hpp>

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <utility>

namespace colonnade::io {

namespace {

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

/// Texts of a dataset or an attribute, of fixed or variable length, as std::string.
template <typename Read>
std::vector<std::string> texts_of(hid_t stored_type, hid_t space, Read read) {
  const auto count =
      static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space)));
  std::vector<std::string> texts(count);
  if (H5Tis_variable_str(stored_type) > 0) {
    const Handle type = text_type();
    H5Tset_cset(type.get(), H5Tget_cset(stored_type));
    std::vector<char*> pointers(count, nullptr);
    if (read(type.get(), static_cast<void*>(pointers.data())) < 0) return {};
    for (std::size_t i = 0; i < count; ++i)
      if (pointers[i] != nullptr) texts[i] = pointers[i];
    H5Dvlen_reclaim(type.get(), space, H5P_DEFAULT, static_cast<void*>(pointers.data()));
    return texts;
  }
  const std::size_t length = H5Tget_size(stored_type);
  std::vector<char> bytes(count * length);
  if (read(stored_type, static_cast<void*>(bytes.data())) < 0) return {};
  for (std::size_t i = 0; i < count; ++i) {
    const std::string padded(bytes.data() + i * length, length);
    texts[i] = padded.substr(0, padded.find('\0'));
  }
  return texts;
}

/// Attributes in their order, and no time of creation, so that equal content gives equal bytes.
Handle creation_properties() {
  Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_attr_creation_order(properties.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_obj_track_times(properties.get(), false);
  return properties;
}

}  // namespace

void Hdf5File::create_dataset(const std::string& name, hid_t type,
                              const std::vector<Dimension>& dimensions, std::int64_t chunk_rows) {
  std::vector<hsize_t> lengths;
  for (const auto& dimension : dimensions)
    lengths.push_back(static_cast<hsize_t>(dimension.length));
  const Handle space(
      lengths.empty() ? H5Screate(H5S_SCALAR)
                      : H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr),
      H5Sclose);
  const Handle properties = creation_properties();
  const bool is_text = H5Tget_class(type) == H5T_STRING;  // whose pointers HDF5 must set to null
  if (!is_text) H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER);
  H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_EARLY);
  if (chunk_rows > 0) {
    lengths[0] = std::min(lengths[0], static_cast<hsize_t>(chunk_rows));
    H5Pset_chunk(properties.get(), static_cast<int>(lengths.size()), lengths.data());
  }
  const Handle set = checked(H5Dcreate2(file_.get(), name.c_str(), type, space.get(), H5P_DEFAULT,
                                        properties.get(), H5P_DEFAULT),
                             H5Dclose, path_, name, "create the variable");
  attach(set, name, dimensions);
}

void Hdf5File::attach(const Handle& dataset, const std::string& name,
                      const std::vector<Dimension>& dimensions) {
  for (std::size_t axis = 0; axis < dimensions.size(); ++axis) {
    const auto& dimension = dimensions[axis];
    if (dimension.name == name) {  // a coordinate variable is its own scale
      check(H5DSset_scale(dataset.get(), name.c_str()), path_, name, "name the dimension");
      return;
    }
    if (!has(dimension.name)) {
      const auto length = static_cast<hsize_t>(dimension.length);
      const Handle space(H5Screate_simple(1, &length, nullptr), H5Sclose);
      const Handle scale =
          checked(H5Dcreate2(file_.get(), dimension.name.c_str(), H5T_IEEE_F32BE, space.get(),
                             H5P_DEFAULT, creation_properties().get(), H5P_DEFAULT),
                  H5Dclose, path_, dimension.name, "create the dimension");
      // The name by which NetCDF-4 knows a dimension that has no variable.
      const auto label =
          fmt::format("This is a netCDF dimension but not a netCDF variable.{:10d}", length);
      check(H5DSset_scale(scale.get(), label.c_str()), path_, dimension.name, "name the dimension");
    }
    const Handle scale = this->dataset(dimension.name);
    check(H5DSattach_scale(dataset.get(), scale.get(), static_cast<unsigned>(axis)), path_, name,
          "attach a dimension");
  }
}

void Hdf5File::write_texts(const std::string& name, const Dimension& dimension,
                           std::span<const std::string> texts) {
  const Handle type = text_type();
  create_dataset(name, type.get(), {dimension}, 0);
  std::vector<const char*> pointers;
  for (const auto& text : texts) pointers.push_back(text.c_str());
  write_whole(name, type.get(), static_cast<const void*>(pointers.data()));
}

void Hdf5File::write_text(const std::string& name, const std::string& text) {
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  const Handle type = text_type();
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle set = checked(H5Dcreate2(file_.get(), name.c_str(), type.get(), space.get(),
                                        links.get(), creation_properties().get(), H5P_DEFAULT),
                             H5Dclose, path_, name, "create the text");
  const char* pointer = text.c_str();
  check(H5Dwrite(set.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                 static_cast<const void*>(&pointer)),
        path_, name, "write the text");
}

std::vector<std::string> Hdf5File::read_texts(const std::string& name) const {
  const Handle set = dataset(name);
  const Handle type(H5Dget_type(set.get()), H5Tclose);
  if (H5Tget_class(type.get()) != H5T_STRING)
    throw base::Error(base::ErrorKind::data, "not a text variable",
                      {.file = path_, .variable = name});
  const Handle space(H5Dget_space(set.get()), H5Sclose);
  return texts_of(type.get(), space.get(), [&](hid_t memory, void* into) {
    const herr_t status = H5Dread(set.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, into);
    check(status, path_, name, "read the texts");
    return status;
  });
}

std::string Hdf5File::read_text(const std::string& name) const {
  const auto texts = read_texts(name);
  if (texts.size() != 1)
    throw base::Error(base::ErrorKind::data, "not a single text",
                      {.file = path_, .variable = name});
  return texts.front();
}

namespace {

Handle open_object(hid_t file, const std::string& object, const std::string& path) {
  return checked(H5Oopen(file, object.empty() ? "/" : object.c_str(), H5P_DEFAULT), H5Oclose, path,
                 object, "open the variable");
}

}  // namespace

void Hdf5File::set_attribute(const std::string& object, const std::string& name,
                             const std::string& text) {
  const Handle target = open_object(file_.get(), object, path_);
  // Fixed length: a text of variable length lies outside the object's header.
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(1, text.size()));
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute = checked(
      H5Acreate2(target.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose, path_, object, "create an attribute");
  check(H5Awrite(attribute.get(), type.get(), text.c_str()), path_, object, "write an attribute");
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name,
                             std::span<const std::int8_t> numbers) {
  set_numbers(object, name, memory_type<std::int8_t>(), numbers.size(), numbers.data());
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name,
                             std::span<const std::int32_t> numbers) {
  set_numbers(object, name, memory_type<std::int32_t>(), numbers.size(), numbers.data());
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name,
                             std::span<const std::int64_t> numbers) {
  set_numbers(object, name, memory_type<std::int64_t>(), numbers.size(), numbers.data());
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name,
                             std::span<const double> numbers) {
  set_numbers(object, name, memory_type<double>(), numbers.size(), numbers.data());
}

void Hdf5File::set_numbers(const std::string& object, const std::string& name, hid_t type,
                           std::size_t count, const void* numbers) {
  const Handle target = open_object(file_.get(), object, path_);
  const hsize_t length = count;
  const Handle space(H5Screate_simple(1, &length, nullptr), H5Sclose);
  const Handle attribute =
      checked(H5Acreate2(target.get(), name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
              H5Aclose, path_, object, "create an attribute");
  check(H5Awrite(attribute.get(), type, numbers), path_, object, "write an attribute");
}

std::optional<std::string> Hdf5File::text_attribute(const std::string& object,
                                                    const std::string& name) const {
  const Handle target = open_object(file_.get(), object, path_);
  if (H5Aexists(target.get(), name.c_str()) <= 0) return std::nullopt;
  const Handle attribute(H5Aopen(target.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  if (H5Tget_class(type.get()) != H5T_STRING) return std::nullopt;
  const auto texts = texts_of(type.get(), space.get(), [&](hid_t memory, void* into) {
    return H5Aread(attribute.get(), memory, into);
  });
  if (texts.empty()) return std::nullopt;
  return texts.front();
}

std::vector<double> Hdf5File::number_attribute(const std::string& object,
                                               const std::string& name) const {
  const Handle target = open_object(file_.get(), object, path_);
  if (H5Aexists(target.get(), name.c_str()) <= 0) return {};
  const Handle attribute(H5Aopen(target.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const auto kind = H5Tget_class(type.get());
  if (kind != H5T_FLOAT && kind != H5T_INTEGER) return {};
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  std::vector<double> numbers(
      static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space.get()))));
  check(H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, numbers.data()), path_, object,
        "read an attribute");
  return numbers;
}

}  // namespace colonnade::io
