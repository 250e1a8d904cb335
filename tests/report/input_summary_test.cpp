#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <colonnade/report/input_summary.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace colonnade::report {
namespace {

/// Of the training split's values of one feature, in double.
std::pair<double, double> mean_and_std(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / count)};
}

TEST(InputSummary, TellsWhatTheRawFilesHold) {
  const mpi::Communicator comm;
  const test::TemporaryFolder folder;
  const auto files =
      data::make_raw_set(comm, folder / "raw", test::RawFormat::netcdf4, {1500, 631});
  auto options = data::small_options(files, folder / "out.h5");
  options.normalisation = data::Normalisation::zscore;
  data::prepare(comm, options, data::no_progress);
  const auto file = data::PreparedFile::open(comm, options.out);
  const mpi::Range train = file.split("train");
  const auto sources = file.source_columns(train);
  const InputSummary summary = summarise_inputs(comm, file);
  if (!comm.is_root()) return;
  EXPECT_EQ(summary.columns, train.size());
  ASSERT_EQ(summary.variables.size(), options.inputs.size());
  std::size_t feature = 0, compared = 0;
  for (std::size_t v = 0; v < summary.variables.size(); ++v) {
    const auto& variable = summary.variables[v];
    EXPECT_EQ(variable.name, options.inputs[v]);
    double low = INFINITY, high = -INFINITY;
    for (std::size_t l = 0; l < variable.levels.size(); ++l, ++feature) {
      std::vector<double> values;
      for (const auto source : sources) {
        values.push_back(data::raw_row(options.inputs, source)[feature]);
        low = std::min(low, values.back());
        high = std::max(high, values.back());
      }
      const auto [mean, std] = mean_and_std(values);
      EXPECT_NEAR(variable.mean[l], mean, 1e-6 * (std + std::abs(mean))) << variable.name << l;
      EXPECT_NEAR(variable.std[l], std, 1e-5 * (std + std::abs(mean))) << variable.name << l;
      ++compared;
    }
    EXPECT_NEAR(variable.low, low, 1e-5 * std::abs(low));
    EXPECT_NEAR(variable.high, high, 1e-5 * std::abs(high));
    EXPECT_EQ(std::accumulate(variable.counts.begin(), variable.counts.end(), 0.0),
              static_cast<double>(sources.size() * variable.levels.size()));
  }
  EXPECT_EQ(compared, 20U);
}

}  // namespace
}  // namespace colonnade::report
