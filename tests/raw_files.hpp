#pragma once

#include <hdf5.h>
#include <netcdf.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

// Small raw files for tests, written by NetCDF-C (or plain HDF5) on one process, with values made
// from indices.
namespace colonnade::test {

enum class RawFormat : std::uint8_t { netcdf4, deflated, cdf1, cdf2, cdf5, plain_hdf5 };

/// A variable of a raw file: the column dimension, then `shape`.
struct RawVariableSpec {
  std::string name;
  std::vector<std::int64_t> shape{};
  nc_type type = NC_FLOAT;
  bool constant = false;  ///< the same in every column
  std::optional<double> fill_value{};
  std::map<std::string, std::vector<double>> numbers{};  ///< further attributes

  [[nodiscard]] std::int64_t width() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  }
};

/// The value at `place` (row-major) of a column: a whole number that int16 and float hold exactly,
/// different for each column of a place.
inline float raw_value(const RawVariableSpec& variable, std::int64_t column, std::int64_t place) {
  const auto kind = static_cast<std::int64_t>(variable.name.size() + variable.name.front());
  const std::int64_t turning = variable.constant ? 0 : column * 131;
  return static_cast<float>((kind * 7919 + turning + place * 17) % 16001 - 8000);
}

/// Variables of every kind: (column), (column, n), (column, a, b), double, int16, one constant.
inline std::vector<RawVariableSpec> small_variables() {
  return {{"temperature", {5}},         {"zenith", {}, NC_DOUBLE}, {"cloud", {3, 4}, NC_SHORT},
          {"co2", {2}, NC_FLOAT, true}, {"flux", {6}, NC_DOUBLE},  {"rate"}};
}

inline void check_netcdf(int status) {
  if (status != NC_NOERR) throw std::runtime_error(nc_strerror(status));
}

inline std::vector<double> raw_values(const RawVariableSpec& variable, std::int64_t first_column,
                                      std::int64_t columns) {
  std::vector<double> values;
  for (std::int64_t column = first_column; column < first_column + columns; ++column)
    for (std::int64_t place = 0; place < variable.width(); ++place)
      values.push_back(raw_value(variable, column, place));
  return values;
}

inline int creation_mode(RawFormat format) {
  switch (format) {
    case RawFormat::cdf1:
      return NC_CLOBBER;
    case RawFormat::cdf2:
      return NC_CLOBBER | NC_64BIT_OFFSET;
    case RawFormat::cdf5:
      return NC_CLOBBER | NC_64BIT_DATA;
    default:
      return NC_CLOBBER | NC_NETCDF4;
  }
}

/// Without dimension names or attributes.
inline void write_plain_hdf5(const std::string& path, const std::vector<RawVariableSpec>& variables,
                             std::int64_t first_column, std::int64_t columns) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  for (const auto& variable : variables) {
    std::vector<hsize_t> lengths{static_cast<hsize_t>(columns)};
    lengths.insert(lengths.end(), variable.shape.begin(), variable.shape.end());
    const hid_t space = H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr);
    const hid_t type = variable.type == NC_DOUBLE  ? H5T_IEEE_F64LE
                       : variable.type == NC_SHORT ? H5T_STD_I16BE
                                                   : H5T_IEEE_F32LE;
    const hid_t set =
        H5Dcreate2(file, variable.name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const auto values = raw_values(variable, first_column, columns);
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(set);
    H5Sclose(space);
  }
  if (H5Fclose(file) < 0) throw std::runtime_error("HDF5 refuses " + path);
}

/// Columns [first_column, first_column + columns) of the endless set, in one file.
inline void write_raw_file(const std::string& path, RawFormat format,
                           const std::vector<RawVariableSpec>& variables, std::int64_t first_column,
                           std::int64_t columns) {
  if (format == RawFormat::plain_hdf5) {
    write_plain_hdf5(path, variables, first_column, columns);
    return;
  }
  int file = 0, column = 0;
  check_netcdf(nc_create(path.c_str(), creation_mode(format), &file));
  check_netcdf(nc_def_dim(file, "column", static_cast<std::size_t>(columns), &column));
  std::vector<int> ids;
  for (const auto& variable : variables) {
    std::vector<int> dimensions{column};
    for (std::size_t axis = 0; axis < variable.shape.size(); ++axis) {
      const std::string name = variable.name + "_" + std::to_string(axis);
      check_netcdf(nc_def_dim(file, name.c_str(), static_cast<std::size_t>(variable.shape[axis]),
                              &dimensions.emplace_back()));
    }
    int& id = ids.emplace_back();
    check_netcdf(nc_def_var(file, variable.name.c_str(), variable.type,
                            static_cast<int>(dimensions.size()), dimensions.data(), &id));
    check_netcdf(nc_put_att_text(file, id, "units", 3, "m-1"));
    if (variable.fill_value)
      check_netcdf(
          nc_put_att_double(file, id, "_FillValue", variable.type, 1, &*variable.fill_value));
    for (const auto& [name, values] : variable.numbers)
      check_netcdf(
          nc_put_att_double(file, id, name.c_str(), NC_DOUBLE, values.size(), values.data()));
    if (format == RawFormat::deflated) check_netcdf(nc_def_var_deflate(file, id, 1, 1, 4));
  }
  check_netcdf(nc_enddef(file));
  for (std::size_t v = 0; v < variables.size(); ++v)
    if (variables[v].type != NC_CHAR)
      check_netcdf(
          nc_put_var_double(file, ids[v], raw_values(variables[v], first_column, columns).data()));
  check_netcdf(nc_close(file));
}

/// Writes files that hold `counts` columns one after the other; returns their paths.
inline std::vector<std::string> write_raw_set(const std::string& stem, RawFormat format,
                                              const std::vector<RawVariableSpec>& variables,
                                              const std::vector<std::int64_t>& counts) {
  std::vector<std::string> paths;
  std::int64_t first = 0;
  for (const std::int64_t count : counts) {
    paths.push_back(stem + "_" + std::to_string(paths.size()) + ".nc");
    write_raw_file(paths.back(), format, variables, first, count);
    first += count;
  }
  return paths;
}

/// Replaces one value of a NetCDF file.
inline void poke(const std::string& path, const std::string& variable, std::size_t column,
                 std::size_t place, double value) {
  int file = 0, id = 0;
  check_netcdf(nc_open(path.c_str(), NC_WRITE, &file));
  check_netcdf(nc_inq_varid(file, variable.c_str(), &id));
  const std::array<std::size_t, 2> start{column, place};
  check_netcdf(nc_put_var1_double(file, id, start.data(), &value));
  check_netcdf(nc_close(file));
}

}  // namespace colonnade::test
