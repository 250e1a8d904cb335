#pragma once

#include "raw_files.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

// Raw files whose targets tell classes, with values made from indices.
namespace colonnade::test {

inline constexpr std::int64_t label_slots = 4;

/// Which of the three classes 0, 1, 2 a column is of; most are 0.
inline std::int64_t class_number(std::int64_t column) {
  return column % 7 == 0 ? 1 : column % 5 == 3 ? 2 : 0;
}

/// Codes as a mask has them: 100, then 200 to 245, then 150 to 153.
inline std::int64_t mask_code(std::int64_t column) {
  const std::array<std::int64_t, 3> first{100, 200, 150}, count{1, 46, 4};
  const auto of = static_cast<std::size_t>(class_number(column));
  return first[of] + column % count[of];
}

/// Labels 0 to 5 of a column: none, one, two or three of them.
inline std::vector<std::int64_t> labels_of(std::int64_t column) {
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < column % 4; ++i) labels.push_back((column + 2 * i) % 6);
  return labels;
}

/// Writes variables of `columns` columns from `first` on: t (column, 2), kind, mask, labels
/// (column, 4) that _FillValue -1 fills up, one_hot (column, 3), many_hot (column, 6).
inline void write_class_file(const std::string& path, std::int64_t first, std::int64_t columns) {
  const std::vector<RawVariableSpec> variables{
      {.name = "t", .shape = {2}},
      {.name = "kind", .type = NC_SHORT, .numbers = {{"flag_values", {2, 0, 1}}}},
      {.name = "mask", .type = NC_SHORT, .fill_value = -99.0},
      {.name = "labels", .shape = {label_slots}, .type = NC_SHORT, .fill_value = -1.0},
      {.name = "one_hot", .shape = {3}, .type = NC_SHORT},
      {.name = "many_hot", .shape = {6}}};
  write_raw_file(path, RawFormat::netcdf4, variables, first, columns);
  int file = 0;
  check_netcdf(nc_open(path.c_str(), NC_WRITE, &file));
  const auto put = [&](const char* name, auto values_of) {
    std::vector<double> values;
    for (std::int64_t column = first; column < first + columns; ++column)
      for (const auto value : values_of(column)) values.push_back(static_cast<double>(value));
    int id = 0;
    check_netcdf(nc_inq_varid(file, name, &id));
    check_netcdf(nc_put_var_double(file, id, values.data()));
  };
  using Values = std::vector<std::int64_t>;
  put("kind", [](std::int64_t column) { return Values{class_number(column)}; });
  put("mask", [](std::int64_t column) { return Values{mask_code(column)}; });
  put("labels", [](std::int64_t column) {
    auto labels = labels_of(column);
    labels.resize(label_slots, -1);
    return labels;
  });
  put("one_hot", [](std::int64_t column) {
    Values hot(3);
    hot[static_cast<std::size_t>(class_number(column))] = 1;
    return hot;
  });
  put("many_hot", [](std::int64_t column) {
    Values hot(6);
    for (const auto label : labels_of(column)) hot[static_cast<std::size_t>(label)] = 1;
    return hot;
  });
  int id = 0;
  check_netcdf(nc_inq_varid(file, "kind", &id));
  check_netcdf(nc_put_att_text(file, id, "flag_meanings", 16, "cloud clear fire"));
  check_netcdf(nc_close(file));
}

}  // namespace colonnade::test
