// Normalisation, transforms, constant features and selections, seen in the prepared file.
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace colonnade::data {
namespace {

using test::RawFormat;

/// Physical values of an array from the stored ones, row by row in prepared order.
std::vector<float> decoded(const PreparedFile& file, const std::string& array) {
  auto rows = all_rows(file, array);
  file.recipe().array(array).encoding.decode_rows(rows);
  return rows;
}

/// **Collective.** The error that all ranks throw when they prepare.
std::optional<base::Error> error_of(const mpi::Communicator& comm, const PrepareOptions& options) {
  return agreed_error([&] { prepare(comm, options, no_progress); });
}

class PrepareEncoding : public testing::Test {
 protected:
  [[nodiscard]] PreparedFile prepared(const PrepareOptions& options) {
    report_ = prepare(comm_, options, no_progress);
    return PreparedFile::open(comm_, options.out);
  }
  [[nodiscard]] PrepareOptions options(Normalisation normalisation) const {
    auto options = small_options(files_, folder_ / "out.h5");
    options.normalisation = normalisation;
    return options;
  }
  /// Compares all rows, decoded, with the raw columns; returns the number of values compared.
  static std::size_t compare_decoded(const PreparedFile& file, const std::string& array,
                                     const std::vector<std::string>& names) {
    const auto rows = decoded(file, array);
    const auto sources = file.source_columns({0, file.columns()});
    std::size_t at = 0;
    for (const auto source : sources)
      for (const float expected : raw_row(names, source)) {
        EXPECT_NEAR(rows[at], expected, 0.005) << array << " of column " << source;
        ++at;
      }
    return at;
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::vector<std::string> files_ =
      make_raw_set(comm_, folder_ / "raw", RawFormat::netcdf4, {60, 37});
  PrepareReport report_;
};

TEST_F(PrepareEncoding, ZscoreGivesTheTrainingSplitMeanZeroAndDeviationOne) {
  const auto file = prepared(options(Normalisation::zscore));
  const auto train = file.split("train");
  EXPECT_EQ(train, (mpi::Range{0, 78}));
  const auto x = all_rows(file, "x");
  for (std::size_t i = 0; i < 20; ++i) {
    double sum = 0, squares = 0;
    for (auto column = train.begin; column < train.end; ++column) {
      const double value = x[static_cast<std::size_t>(column) * 20 + i];
      sum += value;
      squares += value * value;
    }
    const bool constant = i >= 18;
    EXPECT_NEAR(sum / 78, 0.0, 1e-6) << i;
    EXPECT_NEAR(squares / 78, constant ? 0.0 : 1.0, 1e-5) << i;
  }
  EXPECT_EQ(file.recipe().array("x").encoding.statistics.count, std::vector<std::int64_t>(20, 78));
  EXPECT_EQ(compare_decoded(file, "x", {"temperature", "zenith", "cloud", "co2"}), 97U * 20U);
  EXPECT_EQ(compare_decoded(file, "y", {"flux", "rate"}), 97U * 7U);
}

TEST_F(PrepareEncoding, ConstantsAreZeroAndNamed) {
  const auto file = prepared(options(Normalisation::zscore));
  const auto x = all_rows(file, "x");
  std::size_t zeros = 0;
  for (std::size_t column = 0; column < 97; ++column)
    for (const std::size_t i : {18U, 19U}) zeros += x[column * 20 + i] == 0.0F ? 1 : 0;
  EXPECT_EQ(zeros, 2U * 97U);
  EXPECT_EQ(report_.constants, 2);
  EXPECT_EQ(report_.constant_features, std::vector<std::string>{"co2[0:2]"});
  EXPECT_EQ(file.recipe().array("x").encoding.constants(), (std::vector<std::size_t>{18, 19}));
}

TEST_F(PrepareEncoding, MinmaxFillsZeroToOneOverTheTrainingSplit) {
  const auto file = prepared(options(Normalisation::minmax));
  const auto train = file.split("train");
  const auto y = all_rows(file, "y");
  for (std::size_t i = 0; i < 7; ++i) {
    std::vector<float> values;
    for (auto column = train.begin; column < train.end; ++column)
      values.push_back(y[static_cast<std::size_t>(column) * 7 + i]);
    EXPECT_EQ(*std::min_element(values.begin(), values.end()), 0.0F);
    EXPECT_FLOAT_EQ(*std::max_element(values.begin(), values.end()), 1.0F);
  }
  EXPECT_EQ(compare_decoded(file, "y", {"flux", "rate"}), 97U * 7U);
}

TEST_F(PrepareEncoding, OneScaleAVariableIsForTargetsAlone) {
  auto one = options(Normalisation::zscore);
  one.one_scale_per_target = true;
  const auto file = prepared(one);
  const auto& y = file.recipe().array("y").encoding.scale;
  EXPECT_EQ(std::count(y.begin(), y.begin() + 6, y.front()), 6);
  EXPECT_NE(y[6], y[5]);
  const auto& x = file.recipe().array("x").encoding;
  EXPECT_EQ(x.scale, x.statistics.std);
  EXPECT_EQ(compare_decoded(file, "y", {"flux", "rate"}), 97U * 7U);
}

TEST_F(PrepareEncoding, InputsTakeOneScaleAVariableAndWeights) {
  const std::map<std::string, double> weights{{"temperature", 0.5}, {"zenith", 4.0}, {"co2", 1.0}};
  for (const bool drops : {false, true}) {
    auto weighted = options(Normalisation::zscore);
    weighted.drop_constant = drops;
    weighted.one_scale_per_input = true;
    weighted.input_weights = parse_factors({"temperature=0.5", "zenith=4"}, "--input-weights");
    const auto file = prepared(weighted);
    const auto& x = file.recipe().array("x").encoding;
    double squares = 0.0;
    int levels = 0;
    for (std::size_t i = 0; i < x.width(); ++i)
      if (x.features[i].variable == "temperature" && x.scale[i] != 0.0) {
        squares += x.statistics.std[i] * x.statistics.std[i];
        ++levels;
      }
    ASSERT_GT(levels, 1);
    for (std::size_t i = 0; i < x.width(); ++i) {
      const auto& variable = x.features[i].variable;
      const double unweighted =
          variable == "temperature" ? std::sqrt(squares / levels) : x.statistics.std[i];
      if (x.scale[i] == 0.0 || variable == "cloud") continue;
      EXPECT_DOUBLE_EQ(x.scale[i] * weights.at(variable), unweighted) << x.features[i].name;
    }
    EXPECT_EQ(file.recipe().array("y").encoding.scale,
              file.recipe().array("y").encoding.statistics.std);
    const std::size_t compared =
        drops ? compare_decoded(file, "x", {"temperature", "zenith", "cloud"})
              : compare_decoded(file, "x", {"temperature", "zenith", "cloud", "co2"});
    EXPECT_EQ(compared, 97U * (drops ? 18U : 20U));
  }
  auto unknown = options(Normalisation::zscore);
  unknown.input_weights = parse_factors({"temprature=0.5"}, "--input-weights");
  EXPECT_THROW(prepared(unknown), mpi::AgreedError);
}

TEST_F(PrepareEncoding, TransformsComeBeforeTheStatistics) {
  auto transformed = options(Normalisation::zscore);
  transformed.transforms = parse_transforms("temperature=root4 flux=log1p");
  const auto file = prepared(transformed);
  const auto& statistics = file.recipe().array("x").encoding.statistics;
  EXPECT_LE(statistics.max[0], std::pow(8000.0, 0.25) + 1e-3);
  EXPECT_GT(statistics.max[0], 0.0);
  EXPECT_EQ(compare_decoded(file, "x", {"temperature", "zenith", "cloud", "co2"}), 97U * 20U);
  EXPECT_EQ(compare_decoded(file, "y", {"flux", "rate"}), 97U * 7U);
}

TEST_F(PrepareEncoding, DropConstantLeavesThemOutOfTheFile) {
  for (const std::uint64_t memory : {std::uint64_t{1}, std::uint64_t{1} << 30}) {
    auto dropping = options(Normalisation::zscore);
    dropping.drop_constant = true;
    dropping.memory_bytes = memory;
    const auto file = prepared(dropping);
    const auto& x = file.recipe().array("x");
    ASSERT_EQ(x.places.size(), 18U);
    EXPECT_EQ(x.encoding.statistics.mean.size(), 18U);
    EXPECT_TRUE(x.encoding.constants().empty());
    ASSERT_EQ(x.constants.size(), 2U) << "what was left out is remembered";
    for (const ConstantFeature& constant : x.constants)
      EXPECT_EQ(static_cast<float>(constant.value),
                raw_row({"temperature", "zenith", "cloud", "co2"},
                        0)[static_cast<std::size_t>(constant.place)])
          << constant.feature.name;
    EXPECT_EQ(compare_decoded(file, "x", {"temperature", "zenith", "cloud"}), 97U * 18U);
    file.verify();
  }
}

TEST_F(PrepareEncoding, SelectionsReachTheFile) {
  auto selecting = options(Normalisation::none);
  selecting.selection = {{"cloud[2:5]", "zenith"}, {"cloud[3]"}};
  const auto file = prepared(selecting);
  const auto x = all_rows(file, "x");
  const auto sources = file.source_columns({0, 97});
  ASSERT_EQ(x.size(), 97U * 3U);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto cloud = raw_row({"cloud"}, sources[i]);
    EXPECT_EQ(std::vector<float>(&x[3 * i], &x[3 * i] + 3),
              (std::vector<float>{raw_row({"zenith"}, sources[i]).front(), cloud[2], cloud[4]}));
  }
}

TEST_F(PrepareEncoding, ALogarithmOfNoNumberIsNamedWithItsPlace) {
  auto logs = options(Normalisation::zscore);
  std::int64_t column = 0;
  const auto least = [](std::int64_t at) {
    const auto row = raw_row({"temperature"}, at);
    return *std::min_element(row.begin(), row.end());
  };
  while (least(column) > 0.0F) ++column;
  logs.transforms = parse_transforms("temperature=log");
  const auto negative = error_of(comm_, logs);
  ASSERT_TRUE(negative.has_value());
  EXPECT_EQ(negative->kind(), base::ErrorKind::data);
  EXPECT_EQ(negative->facts().column, column);
  EXPECT_EQ(negative->facts().variable.substr(0, 12), "temperature[");
  EXPECT_NE(negative->facts().hint.find("clip first"), std::string::npos);
  EXPECT_NE(negative->sentence().find("log"), std::string::npos);
  logs.transforms = parse_transforms("temperature=clip:1:9000|log");
  EXPECT_FALSE(error_of(comm_, logs).has_value());
}

}  // namespace
}  // namespace colonnade::data
