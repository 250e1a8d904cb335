#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace colonnade::report {

/// A table of numbers with named columns, such as metrics.csv; NaN where a cell holds none.
struct NumberTable {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;

  /// The column of that name; empty if there is none.
  [[nodiscard]] std::vector<double> column(std::string_view name) const;
};

/// Reads a table with a line of names. Throws a storage error when there is no such file, a data
/// error when it has no names.
NumberTable read_number_table(const std::string& path);

/// What a training run left behind, as far as a report tells of it.
struct RunRecord {  // NOLINT(bugprone-exception-escape): a move of json does not throw
  std::string path;
  std::string name;                            ///< the last part of the path
  std::map<std::string, std::string> options;  ///< of config.ini
  NumberTable metrics;                         ///< an epoch a row
  std::string evaluation_path;                 ///< the file of `evaluation`
  nlohmann::json evaluation;                   ///< as evaluate writes it
  nlohmann::json provenance;                   ///< of model.h5
  std::vector<std::int64_t> widths;            ///< of the network's layers
  std::size_t parameters = 0;
};

/// **Collective.** Reads a run directory on the root, whose record is whole there alone. Throws on
/// all ranks a storage or data error naming what is missing, and a hint to evaluate the run first;
/// a data error when the evaluation is of other weights or another split.
RunRecord read_run(const mpi::Communicator& comm, const std::string& path,
                   const std::string& split);

/// What a JSON object has under a key; null if there is no such key, or no object but null. Throws
/// json::exception where something else is in the object's place.
const nlohmann::json& member(const nlohmann::json& object, const std::string& key);
/// A number of a JSON object; NaN where it is null or not there. Throws json::exception for others.
double number_of(const nlohmann::json& object, const std::string& key);
/// An array of numbers in a JSON object, NaN for null; empty if it is null or not there. Throws
/// json::exception for others.
std::vector<double> numbers_of(const nlohmann::json& object, const std::string& key);

}  // namespace colonnade::report
