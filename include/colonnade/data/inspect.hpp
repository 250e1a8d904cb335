#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/encoding.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/data/source_form.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::data {

/// What streaming once through raw files tells.
struct RawSurvey {
  RawSet set;
  std::vector<Feature> features;  ///< of all variables, one after the other
  Statistics statistics;          ///< of the raw values that are not missing
};

/// The variables of a file, by whether they hold columns.
struct ColumnVariables {
  std::vector<std::string> names;   ///< numeric ones whose first dimension is that of the columns
  std::vector<std::string> others;  ///< "T (lev, ncol)": numeric ones with other dimensions
};

/// **Collective.** Throws a data error that names the dimensions of the file when none holds
/// columns.
ColumnVariables column_variables(const mpi::Communicator& comm, const std::string& path,
                                 const std::string& column_dim);

/// **Collective.** The same for a described source: `names` are the numeric variables of the file
/// that have any of the dimensions of samples or of means.
ColumnVariables sample_variables(const mpi::Communicator& comm, const std::string& path,
                                 const SourceForm& form);

/// **Collective.** Reads all columns of a set once; the same result on any number of ranks.
RawSurvey survey(const mpi::Communicator& comm, RawSet set, const base::ProgressSink& progress);

/// Prime factors, ascending, with repetition; none for 1.
std::vector<std::int64_t> prime_factors(std::int64_t number);

/// All divisors, ascending.
std::vector<std::int64_t> divisors(std::int64_t number);

}  // namespace colonnade::data
