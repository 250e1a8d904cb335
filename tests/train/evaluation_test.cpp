#include <colonnade/base/random.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/evaluation.hpp>
#include <colonnade/train/evaluation_report.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

// Pieces have 1024 columns: three pieces of the test split, the last one short.
constexpr mpi::Range training{0, 1500}, validation{1500, 1700}, test{1700, 4300};
constexpr std::size_t half_levels = 4, inputs = 6, outputs = 9;

double uniform(std::int64_t column, std::size_t place) {
  return base::Random(8, base::Purpose::test, static_cast<std::uint64_t>(column) * 100 + place)
      .uniform(-1, 1);
}

double encoded_input(std::int64_t column, std::size_t i) {
  return i == 5 ? 0.0 : uniform(column, i);
}

double encoded_target(std::int64_t column, std::size_t o) {
  return 0.8 * encoded_input(column, o % 5) + 0.3 * uniform(column, 50 + o);
}

ColumnSource source() {
  const auto read = [](const std::string& array, mpi::Range columns, std::span<float> rows) {
    const std::size_t width = array == "x" ? inputs : outputs;
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(columns.size()) * width);
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const std::int64_t column = columns.begin + static_cast<std::int64_t>(at / width);
      rows[at] = static_cast<float>(array == "x" ? encoded_input(column, at % width)
                                                 : encoded_target(column, at % width));
    }
  };
  return {inputs, outputs, training, validation, read};
}

data::RawVariable variable(const std::string& name, std::vector<std::int64_t> shape,
                           const std::string& units) {
  data::RawVariable made;
  made.name = name;
  made.shape = std::move(shape);
  made.dimensions.assign(made.shape.size(), "half_level");
  made.units = units;
  return made;
}

/// Pressures rise with the level; the rain is stored as its square root.
data::Recipe recipe() {
  data::RawSet set;
  set.column_dim = "column";
  set.variables = {variable("pressure_hl", {half_levels}, "Pa"), variable("q", {2}, "kg kg-1"),
                   variable("flux_dn_sw", {half_levels}, "W m-2"),
                   variable("flux_up_sw", {half_levels}, "W m-2"), variable("rain", {}, "mm")};
  auto made = data::flat_recipe(set, 2, {});
  data::set_transforms(made, {{"rain", data::Transform::parse("root2")}});
  for (auto& array : made.arrays) {
    auto& encoding = array.encoding;
    for (std::size_t i = 0; i < encoding.width(); ++i) {
      const bool constant = array.name == "x" && i == 5;
      encoding.offset.push_back(array.name == "x" ? 1000.0 * static_cast<double>(i) : 2.0);
      encoding.scale.push_back(constant ? 0.0 : 3.0);
      encoding.statistics.count.push_back(training.size());
      encoding.statistics.mean.push_back(encoding.offset[i]);
      encoding.statistics.std.push_back(encoding.scale[i]);
      encoding.statistics.min.push_back(encoding.offset[i] - encoding.scale[i]);
      encoding.statistics.max.push_back(encoding.offset[i] + encoding.scale[i]);
    }
  }
  return made;
}

/// A network without hidden layers: output o is slope(o) times input o % 5, plus 0.1.
double slope(std::size_t o) {
  return 0.7 + 0.01 * static_cast<double>(o);
}

Model model() {
  Model made;
  made.shape = {{inputs, outputs}, nn::Activation::relu};
  made.recipe = recipe();
  made.weights.resize(nn::parameter_count(made.shape));
  const auto layer = nn::layers(made.shape).front();
  for (std::size_t o = 0; o < outputs; ++o) {
    made.weights[layer.weight_offset + o * inputs + o % 5] = static_cast<float>(slope(o));
    made.weights[layer.bias_offset + o] = 0.1F;
  }
  return made;
}

/// Physical value of an encoded target.
double physical(std::size_t o, double encoded) {
  const double value = 2.0 + 3.0 * encoded;
  return o == 8 ? std::copysign(value * value, value) : value;
}

/// Physical targets and heating rates of one column, from encoded targets.
std::vector<double> quantities_of(std::int64_t column, const std::vector<double>& targets) {
  auto row = targets;
  for (std::size_t k = 0; k + 1 < half_levels; ++k) {
    const auto pressure = [&](std::size_t level) {
      return 1000.0 * static_cast<double>(level) + 3.0 * encoded_input(column, level);
    };
    const auto net = [&](std::size_t level) {
      return targets[level] - targets[half_levels + level];
    };
    row.push_back(-9.80665 / 1004.0 * 86400.0 * (net(k + 1) - net(k)) /
                  (pressure(k + 1) - pressure(k)));
  }
  return row;
}

std::vector<double> truth_of(std::int64_t column) {
  std::vector<double> targets;
  for (std::size_t o = 0; o < outputs; ++o)
    targets.push_back(physical(o, encoded_target(column, o)));
  return quantities_of(column, targets);
}

std::vector<double> mean_row() {
  std::vector<double> means(outputs);
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::int64_t c = training.begin; c < training.end; ++c)
      means[o] += physical(o, encoded_target(c, o)) / static_cast<double>(training.size());
  return means;
}

/// What predictor p (model, zero, mean) says of a column.
std::vector<double> prediction_of(std::int64_t column, std::size_t p,
                                  const std::vector<double>& means) {
  std::vector<double> targets;
  for (std::size_t o = 0; o < outputs; ++o) {
    const double network = slope(o) * encoded_input(column, o % 5) + 0.1;
    targets.push_back(p == 0 ? physical(o, network) : p == 1 ? 0.0 : means[o]);
  }
  return quantities_of(column, targets);
}

Evaluation evaluation_on(MPI_Comm comm, int threads, const Model& of = model()) {
  EvaluationOptions options;
  options.threads = threads;
  return evaluate(mpi::Communicator(comm), of, source(), test, options, {});
}

void expect_near(double found, double expected, double size) {
  EXPECT_NEAR(found, expected, 3e-6 * size);
}

TEST(Evaluation, EqualsAPlainComparisonInDouble) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 2);
  EXPECT_EQ(found.columns, test.size());
  ASSERT_EQ(found.errors.size(), outputs + half_levels - 1);
  EXPECT_EQ(found.predictors, (std::vector<std::string>{"model", "zero", "mean", "ridge"}));
  const auto means = mean_row();
  const auto n = static_cast<double>(test.size());
  for (std::size_t q = 0; q < found.errors.size(); ++q) {
    SCOPED_TRACE(found.quantities[q].name);
    double mean = 0.0, spread = 0.0, size = 0.0;
    for (std::int64_t c = test.begin; c < test.end; ++c) mean += truth_of(c)[q] / n;
    for (std::int64_t c = test.begin; c < test.end; ++c) {
      const double truth = truth_of(c)[q];
      spread += (truth - mean) * (truth - mean);
      size += std::abs(truth) / n;
    }
    expect_near(found.errors[q].mean_absolute(), size, size);
    for (std::size_t p = 0; p < 3; ++p) {
      double squared = 0.0, absolute = 0.0, plain = 0.0;
      for (std::int64_t c = test.begin; c < test.end; ++c) {
        const double error = prediction_of(c, p, means)[q] - truth_of(c)[q];
        squared += error * error;
        absolute += std::abs(error);
        plain += error;
      }
      expect_near(found.errors[q].mae(p), absolute / n, size);
      expect_near(found.errors[q].rmse(p), std::sqrt(squared / n), size);
      expect_near(found.errors[q].bias(p), plain / n, size);
      expect_near(found.errors[q].r2(p), 1 - squared / spread, 1 + squared / spread);
    }
  }
}

TEST(Evaluation, FitsRidgeToTheTrainingSplit) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 1);
  ASSERT_TRUE(found.ridge);
  EXPECT_EQ(found.ridge->columns, training.size());
  const auto layer = nn::layers(found.ridge->shape).front();
  for (std::size_t o = 0; o < outputs; ++o) {
    EXPECT_NEAR(found.ridge->weights[layer.weight_offset + o * inputs + o % 5], 0.8, 0.03);
    EXPECT_EQ(found.ridge->weights[layer.weight_offset + o * inputs + 5], 0.0F) << "constant input";
  }
  const auto all = all_targets(found);
  EXPECT_LT(all.mae(3), all.mae(0));
  EXPECT_LT(all.mae(0), all.mae(2));
}

TEST(Evaluation, HasTheBitsOfOneRankAndOneThread) {
  const auto alone = json_of(evaluation_on(MPI_COMM_SELF, 1), {});
  for (const int threads : {1, 2, 3})
    EXPECT_EQ(json_of(evaluation_on(MPI_COMM_WORLD, threads), {}), alone) << threads;
}

TEST(Evaluation, TellsTheMeanPressure) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 1);
  ASSERT_EQ(found.mean_pressure_pa.size(), half_levels);
  double mean = 0.0;
  for (std::int64_t c = test.begin; c < test.end; ++c)
    mean += (2000.0 + 3.0 * encoded_input(c, 2)) / static_cast<double>(test.size());
  EXPECT_NEAR(found.mean_pressure_pa[2], mean, 1e-3);
}

TEST(Evaluation, RefusesWeightsThatGiveNoNumberOnAllRanks) {
  auto wild = model();
  wild.weights[nn::layers(wild.shape).front().bias_offset + 6] =
      std::numeric_limits<float>::quiet_NaN();
  try {
    evaluation_on(MPI_COMM_WORLD, 2, wild);
    FAIL() << "NaN went through";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::numeric);
    EXPECT_EQ(error.facts().variable, "flux_up_sw[2]");
    EXPECT_EQ(error.facts().column, test.begin);
  }
}

TEST(Evaluation, RefusesAnEmptySplitOnAllRanks) {
  EXPECT_THROW(evaluate(mpi::Communicator(), model(), source(), {5, 5}, {}, {}), mpi::AgreedError);
}

TEST(EvaluationReport, HoldsEveryVariableAndQuantity) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 1);
  const auto json = nlohmann::json::parse(json_of(found, {{"split", "test"}}));
  EXPECT_EQ(json.at("split"), "test");
  ASSERT_EQ(json.at("variables").size(), 4U);
  EXPECT_EQ(json.at("variables")[3].at("variable"), "heating_rate_sw");
  EXPECT_EQ(json.at("quantities").size(), 12U);
  EXPECT_EQ(json.at("all_targets").at("units"), "mixed");
  EXPECT_DOUBLE_EQ(json.at("all_targets").at("model").at("mae"), all_targets(found).mae(0));
  EXPECT_DOUBLE_EQ(json.at("quantities")[11].at("ridge").at("rmse"), found.errors[11].rmse(3));

  const auto table = table_of(found);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 7);
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
