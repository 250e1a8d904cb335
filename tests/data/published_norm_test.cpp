// Offsets and scales from files: of values made from indices, and those that ClimSim publishes.
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace colonnade::data {
namespace {

using test::RawFormat;

/// Writes a file of the small variables without the column dimension; values by their index.
template <typename Values>
void write_norm(const std::string& path, const std::vector<std::string>& names, Values values_of) {
  int file = 0, next = 0;
  test::check_netcdf(nc_create(path.c_str(), NC_CLOBBER | NC_NETCDF4, &file));
  for (const auto& variable : test::small_variables()) {
    if (std::find(names.begin(), names.end(), variable.name) == names.end()) continue;
    std::vector<int> dims;
    for (const auto length : variable.shape)
      test::check_netcdf(nc_def_dim(file, ("d" + std::to_string(next++)).c_str(),
                                    static_cast<std::size_t>(length), &dims.emplace_back()));
    int id = 0;
    test::check_netcdf(nc_def_var(file, variable.name.c_str(), NC_DOUBLE,
                                  static_cast<int>(dims.size()), dims.data(), &id));
    std::vector<double> values;
    for (std::int64_t i = 0; i < variable.width(); ++i) values.push_back(values_of(i));
    test::check_netcdf(nc_put_var_double(file, id, values.data()));
  }
  test::check_netcdf(nc_close(file));
}

double mean_at(std::int64_t i) {
  return 100.0 + 3.0 * static_cast<double>(i);
}
double min_at(std::int64_t i) {
  return -8000.0 + static_cast<double>(i);
}
/// The third value of each variable never changes.
double max_at(std::int64_t i) {
  return i == 2 ? min_at(2) : 8000.0 - static_cast<double>(i);
}
double std_at(std::int64_t i) {
  return 4.0 + static_cast<double>(i);
}
double scale_at(std::int64_t i) {
  return i == 1 ? 0.0 : 0.25 * static_cast<double>(i + 1);
}

class PublishedNormTest : public testing::Test {
 protected:
  PublishedNormTest() {
    const std::vector<std::string> inputs{"temperature", "zenith", "cloud", "co2"};
    mpi::agreed_on_root(comm_, "write", [&] {
      write_norm(folder_ / "mean.nc", inputs, mean_at);
      write_norm(folder_ / "min.nc", inputs, min_at);
      write_norm(folder_ / "max.nc", inputs, max_at);
      write_norm(folder_ / "std.nc", inputs, std_at);
      write_norm(folder_ / "scale.nc", {"flux", "rate"}, scale_at);
    });
  }
  [[nodiscard]] PrepareOptions options() const {
    auto options = small_options(raw_, folder_ / "out.h5");
    options.input_norm = {
        {"mean", folder_ / "mean.nc"}, {"min", folder_ / "min.nc"}, {"max", folder_ / "max.nc"}};
    options.target_norm = {{"scale", folder_ / "scale.nc"}};
    return options;
  }
  void expect_error(const PrepareOptions& options, base::ErrorKind kind,
                    const std::string& part) const {
    const auto found = agreed_error([&] { prepare(comm_, options, no_progress); });
    ASSERT_TRUE(found.has_value()) << part;
    EXPECT_EQ(found->kind(), kind) << found->what();
    EXPECT_NE(std::string(found->what()).find(part), std::string::npos) << found->what();
    comm_.barrier();
    EXPECT_FALSE(std::filesystem::exists(options.out));
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::vector<std::string> raw_ =
      make_raw_set(comm_, folder_ / "raw", RawFormat::netcdf4, {30, 11});
};

/// Place of each raw value within its variable.
std::vector<std::int64_t> places_of(const std::vector<std::string>& names) {
  std::vector<std::int64_t> places;
  for (const auto& name : names)
    for (const auto& variable : test::small_variables())
      if (variable.name == name)
        for (std::int64_t i = 0; i < variable.width(); ++i) places.push_back(i);
  return places;
}

TEST_F(PublishedNormTest, ValuesAreAsClimSimHasThem) {
  const auto asked = options();
  prepare(comm_, asked, no_progress);
  const auto file = PreparedFile::open(comm_, asked.out);
  const auto x = all_rows(file, "x"), y = all_rows(file, "y");
  const auto sources = file.source_columns({0, file.columns()});
  const auto x_places = places_of(asked.inputs), y_places = places_of(asked.targets);
  for (std::size_t row = 0; row < sources.size(); ++row) {
    const auto raw_x = raw_row(asked.inputs, sources[row]);
    for (std::size_t i = 0; i < raw_x.size(); ++i) {
      const auto at = x_places[i];
      const double range = max_at(at) - min_at(at);
      const double expected = range == 0.0 ? 0.0 : (raw_x[i] - mean_at(at)) / range;
      ASSERT_NEAR(x[row * raw_x.size() + i], expected, 1e-7) << i;
    }
    const auto raw_y = raw_row(asked.targets, sources[row]);
    for (std::size_t i = 0; i < raw_y.size(); ++i)
      ASSERT_EQ(y[row * raw_y.size() + i], static_cast<float>(raw_y[i] * scale_at(y_places[i])))
          << i;
  }
  const auto& statistics = file.recipe().array("x").encoding.statistics;
  EXPECT_GT(statistics.max[0], 500.0) << "statistics stay those of the data";
}

TEST_F(PublishedNormTest, StandardDeviationsDivideAsWell) {
  auto asked = options();
  asked.input_norm = {{"mean", folder_ / "mean.nc"}, {"std", folder_ / "std.nc"}};
  asked.target_norm.clear();
  asked.drop_constant = true;
  prepare(comm_, asked, no_progress);
  const auto file = PreparedFile::open(comm_, asked.out);
  const auto& x = file.recipe().array("x");
  ASSERT_EQ(x.encoding.width(), 18U) << "co2 never changes";
  const auto places = places_of(asked.inputs);
  for (std::size_t i = 0; i < x.encoding.width(); ++i) {
    EXPECT_EQ(x.encoding.offset[i], mean_at(places[i]));
    EXPECT_EQ(x.encoding.scale[i], std_at(places[i]));
  }
  EXPECT_EQ(x.encoding.statistics.mean.size(), 18U);
}

TEST_F(PublishedNormTest, WhatDoesNotFitIsNamed) {
  using base::ErrorKind;
  auto lacking = options();
  lacking.input_norm["min"] = folder_ / "scale.nc";
  expect_error(lacking, ErrorKind::data, "lacks the variable");
  auto other = options();
  mpi::agreed_on_root(comm_, "write", [&] {
    write_norm(folder_ / "flux.nc", {"flux", "temperature"}, scale_at);
  });
  other.target_norm = {{"scale", folder_ / "flux.nc"}};
  expect_error(other, ErrorKind::data, "variable rate");
  auto levels = options();
  levels.targets = {"flux"};
  mpi::agreed_on_root(comm_, "write", [&] {
    int file = 0, dim = 0, id = 0;
    test::check_netcdf(nc_create((folder_ / "five.nc").c_str(), NC_CLOBBER | NC_NETCDF4, &file));
    test::check_netcdf(nc_def_dim(file, "lev", 5, &dim));
    test::check_netcdf(nc_def_var(file, "flux", NC_DOUBLE, 1, &dim, &id));
    test::check_netcdf(nc_close(file));
  });
  levels.target_norm = {{"scale", folder_ / "five.nc"}};
  expect_error(levels, ErrorKind::data, "5 and 6");
  auto absent = options();
  absent.input_norm["max"] = folder_ / "absent.nc";
  expect_error(absent, ErrorKind::storage, "absent.nc");
  auto over = options();
  over.out = folder_ / "mean.nc";
  const auto found = agreed_error([&] { prepare(comm_, over, no_progress); });
  ASSERT_TRUE(found.has_value());
  EXPECT_NE(found->sentence().find("replace an input"), std::string::npos) << found->what();
}

TEST(PublishedNormFiles, KnowsThreeForms) {
  EXPECT_EQ(PublishedNorm::parse("mean=a min=b max=c", "--input-norm").size(), 3U);
  EXPECT_EQ(PublishedNorm::parse(" std=a  mean=b ", "--input-norm").at("std"), "a");
  EXPECT_EQ(PublishedNorm::parse("scale=a", "--target-norm").size(), 1U);
  for (const char* text : {"", "mean=a", "mean=a min=b", "mean=a std=", "mean", "scale=a scale=b",
                           "mean=a std=b scale=c", "means=a std=b"})
    EXPECT_THROW(PublishedNorm::parse(text, "--input-norm"), base::Error) << text;
}

/// The values of a variable of a published file, read by NetCDF-C.
std::vector<double> published(const std::string& file_name, const char* variable,
                              std::size_t count) {
  int file = 0, id = 0;
  std::vector<double> values(count);
  test::check_netcdf(nc_open(file_name.c_str(), NC_NOWRITE, &file));
  test::check_netcdf(nc_inq_varid(file, variable, &id));
  test::check_netcdf(nc_get_var_double(file, id, values.data()));
  test::check_netcdf(nc_close(file));
  return values;
}

TEST(PublishedNormFiles, ReadsWhatClimSimPublishes) {
  const char* const set = std::getenv("COLONNADE_SHARED");
  const std::string folder =
      std::string(set != nullptr ? set : COLONNADE_SHARED_DEFAULT) + "/data/climsim/";
  if (!std::filesystem::exists(folder + "input_mean.nc"))
    GTEST_SKIP() << "NOT SHOWN: " << folder << " is absent";
  const mpi::Communicator comm;
  std::vector<RawVariable> variables(3);
  variables[0].name = "state_t";
  variables[0].shape = {60};
  variables[1].name = "pbuf_SOLIN";
  variables[2].name = "pbuf_N2O";
  variables[2].shape = {60};
  Encoding encoding;
  encoding.features = features_of(variables);
  PublishedNorm::read(comm,
                      {{"mean", folder + "input_mean.nc"},
                       {"min", folder + "input_min.nc"},
                       {"max", folder + "input_max.nc"}},
                      variables)
      .set(encoding);
  std::size_t at = 0;
  for (const auto& variable : variables) {
    const auto count = static_cast<std::size_t>(variable.width());
    const auto mean = published(folder + "input_mean.nc", variable.name.c_str(), count),
               low = published(folder + "input_min.nc", variable.name.c_str(), count),
               high = published(folder + "input_max.nc", variable.name.c_str(), count);
    for (std::size_t i = 0; i < count; ++i, ++at) {
      EXPECT_NEAR(encoding.offset[at], mean[i], 1e-7 * std::abs(mean[i]));
      EXPECT_NEAR(encoding.scale[at], high[i] - low[i], 2e-7 * std::abs(high[i]));
    }
  }
  EXPECT_EQ(at, 121U);
}

}  // namespace
}  // namespace colonnade::data
