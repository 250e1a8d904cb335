#pragma once

#include "data/reference_options.hpp"
#include "raw_files.hpp"

#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace colonnade::data {

/// prepare of test::small_variables(): four inputs (20 values), two targets (7 values).
inline PrepareOptions small_options(std::vector<std::string> files, std::string out) {
  PrepareOptions options;
  options.files = std::move(files);
  options.inputs = {"temperature", "zenith", "cloud", "co2"};
  options.targets = {"flux", "rate"};
  options.shard_columns = 7;
  options.normalisation = Normalisation::none;
  options.out = std::move(out);
  options.force = true;
  return options;
}

/// **Collective.** Writes raw files on the root; their paths on all ranks.
inline std::vector<std::string> make_raw_set(const mpi::Communicator& comm, const std::string& stem,
                                             test::RawFormat format,
                                             const std::vector<std::int64_t>& counts) {
  mpi::agreed_on_root(comm, "write",
                      [&] { test::write_raw_set(stem, format, test::small_variables(), counts); });
  std::vector<std::string> paths;
  for (std::size_t file = 0; file < counts.size(); ++file)
    paths.push_back(stem + "_" + std::to_string(file) + ".nc");
  return paths;
}

/// The raw values of the named variables of one column, one after the other.
inline std::vector<float> raw_row(const std::vector<std::string>& names, std::int64_t column) {
  const auto variables = test::small_variables();
  std::vector<float> row;
  for (const auto& name : names) {
    const auto variable =
        std::find_if(variables.begin(), variables.end(),
                     [&](const test::RawVariableSpec& known) { return known.name == name; });
    for (std::int64_t place = 0; place < variable->width(); ++place)
      row.push_back(raw_value(*variable, column, place));
  }
  return row;
}

/// **Collective.** All rows of an array, on every rank.
inline std::vector<float> all_rows(const PreparedFile& file, const std::string& array) {
  std::vector<float> rows(static_cast<std::size_t>(file.columns()) *
                          file.recipe().array(array).places.size());
  file.read_rows(array, {0, file.columns()}, rows);
  return rows;
}

/// **Collective.** The error that all ranks throw, if any.
template <typename Work>
std::optional<base::Error> agreed_error(Work work) {
  try {
    work();
  } catch (const mpi::AgreedError& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace colonnade::data
