#include <colonnade/base/error.hpp>
#include <colonnade/io/handle.hpp>
#include <colonnade/io/seal.hpp>

#include <infer/model.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace colonnade::infer {

using base::Error;
using base::ErrorKind;
using io::Handle;

namespace {

constexpr std::string_view format_stem = "colonnade model ";
/// As write_model numbers them.
constexpr std::array<std::string_view, 4> formats{"colonnade model 1", "colonnade model 2",
                                                  "colonnade model 3", "colonnade model 4"};

/// Keeps HDF5 from printing for as long as it lives; the host may want it to.
class Silence {
 public:
  Silence() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Silence() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

class File {
 public:
  explicit File(const std::string& path) : path_(path) {
    const Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fclose_degree(properties.get(), H5F_CLOSE_STRONG);
    file_ = opened(H5Fopen(path.c_str(), H5F_ACC_RDONLY, properties.get()), H5Fclose, "HDF5");
  }

  [[nodiscard]] std::string attribute(const char* name) const {
    const Handle attribute =
        opened(H5Aopen_by_name(file_.get(), ".", name, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, name);
    const Handle type(H5Aget_type(attribute.get()), H5Tclose);
    const auto bytes = static_cast<std::size_t>(H5Aget_storage_size(attribute.get()));
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) > 0 ||
        bytes != H5Tget_size(type.get()))
      refuse(name);
    std::string text(bytes, '\0');
    expect(H5Aread(attribute.get(), type.get(), text.data()), name);
    return text.substr(0, text.find('\0'));
  }

  /// A text of variable length.
  [[nodiscard]] std::string text(const char* name) const {
    const Handle set = dataset(name, 1), type(H5Dget_type(set.get()), H5Tclose);
    if (H5Tis_variable_str(type.get()) <= 0) refuse(name);
    char* stored = nullptr;
    expect(
        H5Dread(set.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, static_cast<void*>(&stored)),
        name);
    const std::string text = stored == nullptr ? "" : stored;
    H5free_memory(stored);
    return text;
  }

  template <typename Value>
  [[nodiscard]] std::vector<Value> values(const char* name, hid_t type) const {
    const Handle set = dataset(name, std::filesystem::file_size(path_));
    const Handle space(H5Dget_space(set.get()), H5Sclose);
    std::vector<Value> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get())));
    expect(H5Dread(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), name);
    return values;
  }

 private:
  [[noreturn]] void refuse(const char* what) const {
    throw Error(ErrorKind::data, "the file is not a model", {.file = path_, .value = what});
  }
  void expect(herr_t status, const char* what) const {
    if (status < 0) refuse(what);
  }
  [[nodiscard]] Handle opened(hid_t id, Handle::Closer closer, const char* what) const {
    expect(id < 0 ? -1 : 0, what);
    return {id, closer};
  }
  /// A dataset of one to `most` values.
  [[nodiscard]] Handle dataset(const char* name, std::uintmax_t most) const {
    Handle set = opened(H5Dopen2(file_.get(), name, H5P_DEFAULT), H5Dclose, name);
    const Handle space(H5Dget_space(set.get()), H5Sclose);
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    if (count < 1 || static_cast<std::uintmax_t>(count) > most) refuse(name);
    return set;
  }

  std::string path_;
  Handle file_;
};

}  // namespace

Record read_record(const std::string& path) {
  io::check_seal(path, "model", "take another copy of it, or train again");
  const Silence silence;
  const File file(path);
  const std::string format = file.attribute("format");
  if (std::find(formats.begin(), formats.end(), format) == formats.end())
    throw Error(ErrorKind::data,
                format.rfind(format_stem, 0) == 0
                    ? "the model is of a newer format than this library reads"
                    : "the file is not a model",
                {.file = path, .value = format});
  return {.widths = file.values<std::int64_t>("widths", H5T_NATIVE_INT64),
          .activation = file.attribute("activation"),
          .is_residual = format == formats[1] || format == formats[3],
          .recipe = file.text("recipe"),
          .weights = file.values<float>("weights", H5T_NATIVE_FLOAT)};
}

}  // namespace colonnade::infer
