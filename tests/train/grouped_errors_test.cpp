#include <colonnade/data/layout.hpp>
#include <colonnade/train/class_errors.hpp>
#include <colonnade/train/pair_histogram.hpp>
#include <colonnade/train/place_errors.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::int64_t columns = 61, places = 7, piece_columns = 9;
// Two targets of two levels, the last level of which never changes, and a quantity that is none.
constexpr std::size_t quantities = 5;
const std::vector<data::FeatureRun> targets{{"a", "K", 0, 2}, {"b", "K", 2, 2}};
const std::vector<data::FeatureRun> all_runs{{"a", "K", 0, 2}, {"b", "K", 2, 2}, {"c", "K", 4, 1}};

std::int64_t source_of(std::int64_t column) {
  return column * 5 + column % 3;
}

float truth_of(std::int64_t column, std::size_t q) {
  if (q == 3) return 0.1F;
  return static_cast<float>((column * 37 + static_cast<std::int64_t>(q) * 11) % 101) * 0.3F - 7.0F;
}

float prediction_of(std::int64_t column, std::size_t q, std::size_t p = 0) {
  return truth_of(column, q) +
         static_cast<float>((column * 13 + static_cast<std::int64_t>(q * 5 + p * 3)) % 29) * 0.1F -
         1.3F;
}

/// Hands the columns of each rank's piece to `take`, round after round.
void deal(const mpi::Communicator& comm,
          const std::function<void(const std::vector<std::int64_t>&)>& take) {
  for (std::int64_t first = 0; first < columns; first += comm.size() * piece_columns) {
    const std::int64_t begin = first + comm.rank() * piece_columns;
    std::vector<std::int64_t> mine;
    for (std::int64_t c = begin; c < std::min(columns, begin + piece_columns); ++c)
      mine.push_back(c);
    take(mine);
  }
}

std::vector<float> rows_of(const std::vector<std::int64_t>& mine,
                           const std::function<float(std::int64_t, std::size_t)>& value) {
  std::vector<float> rows;
  for (const auto column : mine)
    for (std::size_t q = 0; q < quantities; ++q) rows.push_back(value(column, q));
  return rows;
}

float first_prediction(std::int64_t column, std::size_t q) {
  return prediction_of(column, q);
}

PlaceErrors places_on(const mpi::Communicator& comm) {
  PlaceSums sums(comm, places + 5, targets, quantities);  // of which five have no column
  deal(comm, [&](const auto& mine) {
    std::vector<std::int64_t> sources;
    for (const auto column : mine)
      sources.push_back(source_of(column) % places + 100 * (places + 5));
    sums.add_round(sources, rows_of(mine, truth_of), rows_of(mine, first_prediction));
  });
  return sums.result(std::vector<double>{1.0, 3.0});
}

/// Mean over the places, or R2 over those that vary, of one level.
PlaceMeans plain_level(std::size_t q) {
  PlaceMeans means;
  for (std::int64_t place = 0; place < places; ++place) {
    double n = 0, mean = 0, spread = 0, squared = 0, absolute = 0, plain = 0;
    for (std::int64_t c = 0; c < columns; ++c)
      if (source_of(c) % places == place) mean += truth_of(c, q), n += 1;
    mean /= n;
    for (std::int64_t c = 0; c < columns; ++c) {
      if (source_of(c) % places != place) continue;
      const double error = prediction_of(c, q) - truth_of(c, q);
      spread += (truth_of(c, q) - mean) * (truth_of(c, q) - mean);
      squared += error * error;
      absolute += std::abs(error);
      plain += error;
    }
    means.mae += absolute / n / places;
    means.rmse += std::sqrt(squared / n) / places;
    means.bias += plain / n / places;
    means.r2 += (1 - squared / spread) / places;
  }
  return means;
}

TEST(PlaceSums, AverageOverTimeFirst) {
  const auto found = places_on(mpi::Communicator());
  EXPECT_EQ(found.places, places);
  ASSERT_EQ(found.variables.size(), 2U);
  const auto a0 = plain_level(0), a1 = plain_level(1), b0 = plain_level(2), b1 = plain_level(3);
  EXPECT_NEAR(found.variables[0].mae, (a0.mae + a1.mae) / 2, 1e-6);
  EXPECT_NEAR(found.variables[0].rmse, (a0.rmse + a1.rmse) / 2, 1e-6);
  EXPECT_NEAR(found.variables[0].bias, (a0.bias + a1.bias) / 2, 1e-6);
  EXPECT_NEAR(found.variables[0].r2, (a0.r2 + a1.r2) / 2, 1e-6);
  EXPECT_DOUBLE_EQ(found.variables[0].r2_percent, 100.0);
  EXPECT_NEAR(found.variables[1].mae, (b0.mae + b1.mae) / 2, 1e-6);
  EXPECT_NEAR(found.variables[1].r2, b0.r2, 1e-6) << "the other level never changes";
  EXPECT_DOUBLE_EQ(found.variables[1].r2_percent, 50.0);
  EXPECT_NEAR(found.all_targets.mae, (found.variables[0].mae + 3 * found.variables[1].mae) / 4,
              1e-12);
}

TEST(PlaceSums, HaveTheBitsOfOneRank) {
  const auto together = places_on(mpi::Communicator());
  const auto alone = places_on(mpi::Communicator(MPI_COMM_SELF));
  for (std::size_t v = 0; v < 2; ++v) {
    EXPECT_EQ(together.variables[v].rmse, alone.variables[v].rmse);
    EXPECT_EQ(together.variables[v].r2, alone.variables[v].r2);
  }
  EXPECT_EQ(together.all_targets.bias, alone.all_targets.bias);
}

data::RawVariable variable(const std::string& name, std::vector<std::int64_t> shape) {
  data::RawVariable made;
  made.name = name;
  made.shape = std::move(shape);
  made.dimensions.assign(made.shape.size(), "level");
  made.units = "1";
  return made;
}

data::Recipe recipe() {
  data::RawSet set;
  set.column_dim = "column";
  set.variables = {variable("cloud_fraction", {2}), variable("mu0", {}), variable("a", {2})};
  auto made = data::flat_recipe(set, 2, {});
  for (auto& array : made.arrays) {
    array.encoding.offset.assign(array.places.size(), 0.25);
    array.encoding.scale.assign(array.places.size(), 0.5);
  }
  return made;
}

double sun(std::int64_t column) {
  return column % 4 == 0 ? 0.0 : 0.05 + 0.1 * static_cast<double>(column % 10);
}

std::vector<ClassErrors> classes_on(const mpi::Communicator& comm) {
  const auto of = recipe();
  ClassSums sums(comm, of, all_runs, 2);
  deal(comm, [&](const auto& mine) {
    std::vector<float> x;
    for (const auto column : mine)
      x.insert(x.end(), {column % 2 == 0 ? 0.0F : 0.5F, 0.5F, static_cast<float>(sun(column))});
    of.array("x").encoding.encode_rows(x);
    sums.add_round(x, rows_of(mine, truth_of),
                   std::vector{rows_of(mine, first_prediction), rows_of(mine, [](auto c, auto q) {
                                 return prediction_of(c, q, 1);
                               })});
  });
  return sums.result();
}

TEST(ClassSums, SortColumnsByTheSun) {
  const auto found = classes_on(mpi::Communicator());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].property, "cos_solar_zenith_angle");
  EXPECT_EQ(found[0].feature, "mu0");
  ASSERT_EQ(found[0].classes.size(), 11U);
  std::int64_t sorted = 0;
  for (const auto& one : found[0].classes) {
    std::int64_t count = 0;
    double absolute = 0, plain = 0, size = 0;
    for (std::int64_t c = 0; c < columns; ++c) {
      if (sun(c) < one.low || sun(c) >= one.high) continue;
      ++count;
      for (const std::size_t q : {2U, 3U}) {
        const double error = prediction_of(c, q, 1) - truth_of(c, q);
        absolute += std::abs(error);
        plain += error;
        size += std::abs(truth_of(c, q));
      }
    }
    EXPECT_EQ(one.columns, count) << one.low;
    sorted += one.columns;
    if (count == 0) continue;
    EXPECT_NEAR(one.variables[1].mae(1), absolute / (2 * static_cast<double>(count)), 1e-6);
    EXPECT_NEAR(one.variables[1].percent(1), 100 * absolute / size, 1e-4);
    EXPECT_NEAR(one.variables[1].bias(1), plain / (2 * static_cast<double>(count)), 1e-6);
  }
  EXPECT_EQ(sorted, columns);
  EXPECT_EQ(found[1].property, "cloud_cover");
  EXPECT_EQ(found[1].feature, "cloud_fraction");
  EXPECT_EQ(found[1].classes[6].columns, columns) << "one layer alone or two that touch: 0.5";
}

TEST(ClassSums, HaveTheBitsOfOneRank) {
  const auto together = classes_on(mpi::Communicator());
  const auto alone = classes_on(mpi::Communicator(MPI_COMM_SELF));
  for (std::size_t i = 0; i < 11; ++i)
    for (std::size_t v = 0; v < 3; ++v)
      EXPECT_EQ(together[0].classes[i].variables[v].predictors[1].squared,
                alone[0].classes[i].variables[v].predictors[1].squared);
}

TEST(CloudCover, OverlapsWhereCloudsTouch) {
  EXPECT_DOUBLE_EQ(cloud_cover(std::vector<float>{0, 0, 0}), 0.0);
  EXPECT_DOUBLE_EQ(cloud_cover(std::vector<float>{0.25F, 0.5F, 0.25F}), 0.5);
  EXPECT_DOUBLE_EQ(cloud_cover(std::vector<float>{0.5F, 0, 0.5F}), 0.75);
  EXPECT_DOUBLE_EQ(cloud_cover(std::vector<float>{0.5F, 1, 0, 0.5F}), 1.0);
}

TEST(HistogramSums, CountEachPairOnce) {
  data::Encoding encoding;
  encoding.transforms.resize(4);
  auto& [count, mean, std, min, max] = encoding.statistics;
  mean = {0, 0, 5, 0.1};
  std = {2, 1, 10, 0};
  min = {-7, -50, -6, 0.1};
  max = {50, 3, 23, 0.1};
  HistogramSums sums(encoding, targets, quantities);
  const mpi::Communicator comm;
  deal(comm, [&](const auto& mine) {
    sums.add(rows_of(mine, truth_of), rows_of(mine, first_prediction));
  });
  const auto found = sums.result(comm);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_DOUBLE_EQ(found[0].low, -7.015);
  EXPECT_DOUBLE_EQ(found[0].high, 8.015);
  EXPECT_DOUBLE_EQ(found[1].low, -6.029);
  EXPECT_DOUBLE_EQ(found[1].high, 23.029);
  std::vector<std::uint64_t> expected(64 * 64);
  std::uint64_t outside = 0;
  const double low = found[0].low, high = found[0].high;
  for (std::int64_t c = 0; c < columns; ++c)
    for (std::size_t q = 0; q < 2; ++q) {
      const double truth = truth_of(c, q), said = prediction_of(c, q);
      if (std::min(truth, said) < low || std::max(truth, said) > high) {
        ++outside;
        continue;
      }
      const auto bin = [&](double value) {
        return static_cast<std::size_t>((value - low) * 64 / (high - low));
      };
      ++expected[std::min(bin(truth), std::size_t{63}) * 64 + std::min(bin(said), std::size_t{63})];
    }
  EXPECT_EQ(found[0].counts, expected);
  EXPECT_EQ(found[0].outside, outside);
  EXPECT_GT(outside, 0U);
}

}  // namespace
