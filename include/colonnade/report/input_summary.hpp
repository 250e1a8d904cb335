#pragma once

#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::report {

/// What a variable of the inputs holds, in physical units.
struct VariableSummary {
  std::string name, units;
  std::vector<std::int64_t> levels;  ///< -1 for a scalar
  std::vector<double> mean, std;     ///< a level each
  double low = 0.0, high = 0.0;      ///< of the histogram: least and largest value
  std::vector<double> counts;        ///< over equal bins from low to high
};

struct InputSummary {
  std::string data;          ///< the prepared file
  std::int64_t columns = 0;  ///< of the training split, summarised
  std::vector<VariableSummary> variables;
};

/// **Collective.** Summarises the inputs of the first columns of the training split, 65,536 at the
/// most: in a shuffled file they stand for all. Complete on the root alone. Throws storage and data
/// errors on all ranks.
InputSummary summarise_inputs(const mpi::Communicator& comm, const data::PreparedFile& file);

}  // namespace colonnade::report
