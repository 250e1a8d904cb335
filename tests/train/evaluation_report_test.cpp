#include "train/evaluation_samples.hpp"

#include <colonnade/train/evaluation_report.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>

using namespace colonnade;
using namespace colonnade::train;
using namespace colonnade::train::samples;

namespace {

TEST(EvaluationReport, HoldsEveryVariableAndQuantity) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 1);
  const auto json = nlohmann::json::parse(json_of(found, {{"split", "test"}}));
  EXPECT_EQ(json.at("split"), "test");
  ASSERT_EQ(json.at("variables").size(), 4U);
  EXPECT_EQ(json.at("variables")[3].at("variable"), "heating_rate_sw");
  const auto& upward = json.at("variables")[1];
  EXPECT_EQ(upward.at("profile").at("ridge").at("rmse")[2], found.errors[6].rmse(3));
  EXPECT_EQ(upward.at("profile").at("level"), nlohmann::json({0, 1, 2, 3}));
  EXPECT_EQ(upward.at("profile").at("mean_pressure_pa")[3], found.mean_pressure_pa[3]);
  EXPECT_EQ(upward.at("ends").at("surface").at("model").at("bias"), found.errors[7].bias(0));
  EXPECT_EQ(upward.at("intervals").at("r2")[1], found.bootstrap->variables[1].r2.high);
  EXPECT_EQ(upward.at("by_place").at("mae"), found.places->variables[1].mae);
  std::uint64_t pairs = upward.at("histogram").at("outside");
  for (const auto& row : upward.at("histogram").at("counts"))
    for (const std::uint64_t count : row) pairs += count;
  EXPECT_EQ(pairs, 4U * static_cast<std::uint64_t>(test.size()));
  EXPECT_EQ(json.at("quantities").size(), 12U);
  EXPECT_EQ(json.at("all_targets").at("units"), "mixed");
  EXPECT_DOUBLE_EQ(json.at("all_targets").at("model").at("mae"), all_targets(found).mae(0));
  EXPECT_DOUBLE_EQ(json.at("quantities")[11].at("ridge").at("rmse"), found.errors[11].rmse(3));

  const auto table = table_of(found);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 7 + 6 + 7 + 8);
  EXPECT_NE(table.find("\nheating rates: layers "), std::string::npos);
  for (const char* name : {"flux_dn_sw", "flux_up_sw", "rain", "all targets", "heating_rate_sw"})
    EXPECT_NE(table.find(std::string("\n") + name), std::string::npos) << name;
}

TEST(EvaluationReport, GivesAProfileLineForEachLevel) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 1);
  std::istringstream lines(profiles_csv(found));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line.rfind("variable,level,mean_pressure_pa,units,mean_absolute,model_mae,", 0), 0U);
  const auto fields = std::count(line.begin(), line.end(), ',');
  std::size_t count = 0;
  for (; std::getline(lines, line); ++count)
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), fields) << line;
  EXPECT_EQ(count, 11U) << "two fluxes on 4 half levels and 3 layers; the rain has no level";
}

}  // namespace
