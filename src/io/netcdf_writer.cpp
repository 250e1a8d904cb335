#include <colonnade/base/error.hpp>
#include <colonnade/io/netcdf_writer.hpp>
#include <colonnade/io/output_path.hpp>

#include <netcdf.h>
#include <netcdf_mem.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

namespace colonnade::io {

namespace {

template <typename T>
constexpr nc_type type_of = NC_NAT;
template <>
constexpr nc_type type_of<std::int8_t> = NC_BYTE;
template <>
constexpr nc_type type_of<std::int16_t> = NC_SHORT;
template <>
constexpr nc_type type_of<float> = NC_FLOAT;
template <>
constexpr nc_type type_of<double> = NC_DOUBLE;

}  // namespace

NetcdfWriter::NetcdfWriter(std::string path) : path_(std::move(path)) {
  constexpr std::size_t first_bytes = std::size_t{1} << 20;
  check(nc_create_mem(path_.c_str(), NC_NETCDF4, first_bytes, &id_), "", "create the file");
}

NetcdfWriter::~NetcdfWriter() {
  if (id_ >= 0) nc_close(id_);
}

void NetcdfWriter::dimension(const std::string& name, std::int64_t length) {
  int dimension = 0;
  check(nc_def_dim(id_, name.c_str(), static_cast<std::size_t>(length), &dimension), name,
        "define the dimension");
}

template <typename T>
void NetcdfWriter::variable(const std::string& name, const std::vector<std::string>& dimensions,
                            std::optional<T> fill_value, Storage storage) {
  std::vector<int> ids(dimensions.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    check(nc_inq_dimid(id_, dimensions[i].c_str(), &ids[i]), name, "find the dimension");
  int variable = 0;
  check(nc_def_var(id_, name.c_str(), type_of<T>, static_cast<int>(ids.size()), ids.data(),
                   &variable),
        name, "define the variable");
  if (storage == Storage::deflated)
    check(nc_def_var_deflate(id_, variable, 1, 1, 1), name, "define the variable");
  if (fill_value)
    check(nc_put_att(id_, variable, "_FillValue", type_of<T>, 1, &*fill_value), name,
          "write an attribute");
}

void NetcdfWriter::attribute(const std::string& variable, const std::string& name,
                             const std::string& text) {
  check(nc_put_att_text(id_, variable_id(variable), name.c_str(), text.size(), text.c_str()),
        variable, "write an attribute");
}

template <typename T>
void NetcdfWriter::attribute(const std::string& variable, const std::string& name,
                             const std::vector<T>& numbers) {
  check(nc_put_att(id_, variable_id(variable), name.c_str(), type_of<T>, numbers.size(),
                   numbers.data()),
        variable, "write an attribute");
}

template <typename T>
void NetcdfWriter::write(const std::string& variable, std::span<const T> values) {
  check(nc_put_var(id_, variable_id(variable), values.data()), variable, "write the values");
}

void NetcdfWriter::close() {
  NC_memio image{};
  check(nc_close_memio(std::exchange(id_, -1), &image), "", "write the file");
  const std::unique_ptr<void, decltype(&std::free)> memory(image.memory, &std::free);
  const std::array parts{
      std::span<const std::byte>(static_cast<const std::byte*>(memory.get()), image.size)};
  write_file(path_, parts);
}

int NetcdfWriter::variable_id(const std::string& name) const {
  int variable = NC_GLOBAL;
  if (!name.empty()) check(nc_inq_varid(id_, name.c_str(), &variable), name, "find the variable");
  return variable;
}

void NetcdfWriter::check(int status, const std::string& variable, const char* what) const {
  if (status != NC_NOERR)
    throw base::Error(base::ErrorKind::storage, std::string("cannot ") + what,
                      {.file = path_, .variable = variable, .value = nc_strerror(status)});
}

template void NetcdfWriter::variable(const std::string&, const std::vector<std::string>&,
                                     std::optional<std::int8_t>, Storage);
template void NetcdfWriter::attribute(const std::string&, const std::string&,
                                      const std::vector<std::int8_t>&);
template void NetcdfWriter::write(const std::string&, std::span<const std::int8_t>);
template void NetcdfWriter::variable(const std::string&, const std::vector<std::string>&,
                                     std::optional<std::int16_t>, Storage);
template void NetcdfWriter::attribute(const std::string&, const std::string&,
                                      const std::vector<std::int16_t>&);
template void NetcdfWriter::write(const std::string&, std::span<const std::int16_t>);
template void NetcdfWriter::variable(const std::string&, const std::vector<std::string>&,
                                     std::optional<float>, Storage);
template void NetcdfWriter::attribute(const std::string&, const std::string&,
                                      const std::vector<float>&);
template void NetcdfWriter::write(const std::string&, std::span<const float>);
template void NetcdfWriter::variable(const std::string&, const std::vector<std::string>&,
                                     std::optional<double>, Storage);
template void NetcdfWriter::attribute(const std::string&, const std::string&,
                                      const std::vector<double>&);
template void NetcdfWriter::write(const std::string&, std::span<const double>);

}  // namespace colonnade::io
