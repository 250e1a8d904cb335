// NetCDF classic files (CDF-1, CDF-2, CDF-5), read through NetCDF-C: each rank opens the file and
// reads its own rows.
#include "io/formats.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <netcdf.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <utility>

namespace colonnade::io {

using base::Error;
using base::ErrorKind;

namespace {

void check_netcdf(int status, const std::string& path, const std::string& variable,
                  const char* what) {
  if (status != NC_NOERR)
    throw Error(ErrorKind::storage, std::string("cannot ") + what,
                {.file = path, .variable = variable, .value = nc_strerror(status)});
}

/// An open classic file.
class ClassicFile {
 public:
  explicit ClassicFile(const std::string& path) : path_(path) {
    check_netcdf(nc_open(path.c_str(), NC_NOWRITE, &id_), path, "",
                 "open the file as NetCDF classic");
  }
  ~ClassicFile() { nc_close(id_); }
  ClassicFile(const ClassicFile&) = delete;
  ClassicFile& operator=(const ClassicFile&) = delete;

  [[nodiscard]] int id() const { return id_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int id_ = -1;
};

/// Calls take(name, type, length) for each attribute of a variable.
template <typename Take>
void each_attribute(const ClassicFile& file, int variable, int count, Take take) {
  for (int i = 0; i < count; ++i) {
    std::array<char, NC_MAX_NAME + 1> name{};
    nc_type type = NC_NAT;
    std::size_t length = 0;
    nc_inq_attname(file.id(), variable, i, name.data());
    nc_inq_att(file.id(), variable, name.data(), &type, &length);
    take(name.data(), type, length);
  }
}

std::map<std::string, std::string> text_attributes(const ClassicFile& file, int variable,
                                                   int count) {
  std::map<std::string, std::string> attributes;
  each_attribute(file, variable, count, [&](const char* name, nc_type type, std::size_t length) {
    if (type != NC_CHAR) return;
    std::string text(length, '\0');
    nc_get_att_text(file.id(), variable, name, text.data());
    attributes.emplace(name, text.substr(0, text.find('\0')));
  });
  return attributes;
}

std::map<std::string, std::vector<double>> number_attributes(const ClassicFile& file, int variable,
                                                             int count) {
  std::map<std::string, std::vector<double>> attributes;
  each_attribute(file, variable, count, [&](const char* name, nc_type type, std::size_t length) {
    if (type == NC_CHAR) return;
    std::vector<double> numbers(length);
    if (nc_get_att_double(file.id(), variable, name, numbers.data()) == NC_NOERR)
      attributes.emplace(name, std::move(numbers));
  });
  return attributes;
}

const char* type_name(nc_type type) {
  switch (type) {
    case NC_FLOAT:
      return "float32";
    case NC_DOUBLE:
      return "float64";
    case NC_BYTE:
      return "int8";
    case NC_SHORT:
      return "int16";
    case NC_INT:
      return "int32";
    case NC_INT64:
      return "int64";
    case NC_CHAR:
      return "string";
    default:
      return "integer";
  }
}

VariableInfo describe_variable(const ClassicFile& file, int id) {
  std::array<char, NC_MAX_NAME + 1> name{};
  nc_type type = NC_NAT;
  int rank = 0, attributes = 0;
  std::array<int, NC_MAX_VAR_DIMS> dimensions{};
  nc_inq_var(file.id(), id, name.data(), &type, &rank, dimensions.data(), &attributes);
  VariableInfo info;
  info.name = name.data();
  info.type = type == NC_CHAR ? VariableInfo::Type::text : VariableInfo::Type::number;
  info.type_name = type_name(type);
  for (int axis = 0; axis < rank; ++axis) {
    std::array<char, NC_MAX_NAME + 1> dimension{};
    std::size_t length = 0;
    nc_inq_dim(file.id(), dimensions[static_cast<std::size_t>(axis)], dimension.data(), &length);
    info.shape.push_back(static_cast<std::int64_t>(length));
    info.dimensions.emplace_back(dimension.data());
  }
  info.attributes = text_attributes(file, id, attributes);
  info.number_attributes = number_attributes(file, id, attributes);
  return info;
}

/// A two-dimensional character variable is a list of texts.
std::vector<std::string> read_texts(const ClassicFile& file, int id, const VariableInfo& info) {
  const auto count = static_cast<std::size_t>(info.shape[0]),
             length = static_cast<std::size_t>(info.shape[1]);
  std::string all(count * length, '\0');
  check_netcdf(nc_get_var_text(file.id(), id, all.data()), file.path(), info.name,
               "read the texts");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = all.substr(i * length, length);
    text = text.substr(0, text.find('\0'));
    text.erase(text.find_last_not_of(' ') + 1);
    texts.push_back(std::move(text));
  }
  return texts;
}

class ClassicRows final : public RowSource {
 public:
  ClassicRows(const mpi::Communicator& comm, const std::string& path)
      : comm_(comm),
        file_(mpi::agreed(comm, "open", [&] { return std::make_unique<ClassicFile>(path); })) {}

  void read_rows(const std::string& variable, mpi::Range rows, std::span<float> values) override {
    mpi::agreed(comm_, "read", [&] { read_here(variable, rows, values); });
  }

 private:
  void read_here(const std::string& variable, mpi::Range rows, std::span<float> values) {
    if (rows.empty()) return;
    int id = 0, rank = 0;
    std::array<int, NC_MAX_VAR_DIMS> dimensions{};
    check_netcdf(nc_inq_varid(file_->id(), variable.c_str(), &id), file_->path(), variable,
                 "find the variable");
    nc_inq_var(file_->id(), id, nullptr, nullptr, &rank, dimensions.data(), nullptr);
    std::vector<std::size_t> start(static_cast<std::size_t>(rank), 0), count(start);
    std::size_t elements = 1;
    for (std::size_t axis = 0; axis < count.size(); ++axis) {
      nc_inq_dimlen(file_->id(), dimensions[axis], &count[axis]);
      if (axis == 0) count[0] = static_cast<std::size_t>(rows.size());
      elements *= count[axis];
    }
    start[0] = static_cast<std::size_t>(rows.begin);
    base::expects(elements == values.size(), "the buffer holds exactly the rows");
    check_netcdf(nc_get_vara_float(file_->id(), id, start.data(), count.data(), values.data()),
                 file_->path(), variable, "read");
  }

  mpi::Communicator comm_;
  std::unique_ptr<ClassicFile> file_;
};

class ClassicBoxes final : public BoxSource {
 public:
  explicit ClassicBoxes(const std::string& path) : file_(path) {}

  void read_box(const std::string& variable, std::span<const std::int64_t> begin,
                std::span<const std::int64_t> count, std::span<double> values) override {
    int id = 0;
    check_netcdf(nc_inq_varid(file_.id(), variable.c_str(), &id), file_.path(), variable,
                 "find the variable");
    const std::vector<std::size_t> start(begin.begin(), begin.end());
    const std::vector<std::size_t> length(count.begin(), count.end());
    check_netcdf(nc_get_vara_double(file_.id(), id, start.data(), length.data(), values.data()),
                 file_.path(), variable, "read");
  }

 private:
  ClassicFile file_;
};

}  // namespace

FileInfo describe_classic(const std::string& path) {
  if (std::filesystem::file_size(path) < classic_extent(path))
    throw Error(ErrorKind::data, "the NetCDF file is cut short", {.file = path});
  const ClassicFile file(path);
  FileInfo info;
  info.path = path;
  info.format = "NetCDF classic";
  info.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  int variables = 0, attributes = 0;
  check_netcdf(nc_inq(file.id(), nullptr, &variables, &attributes, nullptr), path, "",
               "read the header");
  info.attributes = text_attributes(file, NC_GLOBAL, attributes);
  info.number_attributes = number_attributes(file, NC_GLOBAL, attributes);
  for (int id = 0; id < variables; ++id) {
    info.variables.push_back(describe_variable(file, id));
    const auto& variable = info.variables.back();
    if (variable.type == VariableInfo::Type::text && variable.shape.size() == 2)
      info.texts.emplace(variable.name, read_texts(file, id, variable));
  }
  return info;
}

std::unique_ptr<RowSource> open_classic(const mpi::Communicator& comm, const std::string& path) {
  return std::make_unique<ClassicRows>(comm, path);
}

std::unique_ptr<BoxSource> open_classic_boxes(const std::string& path) {
  return std::make_unique<ClassicBoxes>(path);
}

}  // namespace colonnade::io
