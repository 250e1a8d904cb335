#include "raw_files.hpp"
#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/scene_rank.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace colonnade::data {
namespace {

using test::check_netcdf;

/// A file of a scalar cloud_cover, an attribute of the file, and a packed mask of 4 by 5 whose
/// stored numbers are 0 to 3, of which `filled` are missing.
void write_scene(const std::string& path, int format, int number, int filled) {
  int file = 0, y = 0, x = 0, cover = 0, mask = 0;
  check_netcdf(nc_create(path.c_str(), format, &file));
  check_netcdf(nc_def_dim(file, "y", 4, &y));
  check_netcdf(nc_def_dim(file, "x", 5, &x));
  check_netcdf(nc_def_var(file, "cloud_cover", NC_FLOAT, 0, nullptr, &cover));
  const std::array<int, 2> dimensions{y, x};
  check_netcdf(nc_def_var(file, "mask", NC_BYTE, 2, dimensions.data(), &mask));
  const signed char fill = -1;
  check_netcdf(nc_put_att_schar(file, mask, "_FillValue", NC_BYTE, 1, &fill));
  const double scale = 2.0, percent = 0.25 * number;
  check_netcdf(nc_put_att_double(file, mask, "scale_factor", NC_DOUBLE, 1, &scale));
  check_netcdf(nc_put_att_double(file, NC_GLOBAL, "CLOUDY", NC_DOUBLE, 1, &percent));
  check_netcdf(nc_put_att_text(file, NC_GLOBAL, "title", 5, "scene"));
  check_netcdf(nc_enddef(file));
  const float value = number == 3 ? std::nanf("") : 10.0F * static_cast<float>(number);
  check_netcdf(nc_put_var_float(file, cover, &value));
  std::array<signed char, 20> stored{};
  for (int i = 0; i < 20; ++i)
    stored[static_cast<std::size_t>(i)] =
        static_cast<signed char>(i < filled ? -1 : (i + number) % 4);
  check_netcdf(nc_put_var_schar(file, mask, stored.data()));
  check_netcdf(nc_close(file));
}

/// Percent of the unpacked values (0, 2, 4, 6) of scene `number` that `is_set` takes.
template <typename IsSet>
double percent(int number, int filled, IsSet is_set) {
  int set = 0;
  for (int i = filled; i < 20; ++i) set += is_set(2 * ((i + number) % 4)) ? 1 : 0;
  return 100.0 * set / (20 - filled);
}

class SceneRanks : public testing::Test {
 protected:
  static constexpr int count = 11;
  SceneRanks() {
    for (int i = 0; i < count; ++i) {
      paths_.push_back(folder_ / ("scene_" + std::to_string(i) + ".nc"));
      const int format = i % 2 == 0 ? NC_NETCDF4 : NC_64BIT_OFFSET;
      if (comm_.is_root()) write_scene(paths_.back(), format, i, filled(i));
    }
    comm_.barrier();
  }
  static int filled(int i) { return i == 7 ? 20 : i; }
  [[nodiscard]] std::vector<std::optional<double>> ranks(const char* text) const {
    return ranks_of(comm_, SceneRank::parse(text), paths_);
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::vector<std::string> paths_;
};

TEST_F(SceneRanks, AreVariablesAttributesAndPercentages) {
  const auto cover = ranks("cloud_cover"), cloudy = ranks("CLOUDY"), mask = ranks("percent(mask)"),
             some = ranks("percent( mask = 2, 6)");
  ASSERT_EQ(cover.size(), 11U);
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (i == 3)
      EXPECT_TRUE(cover[at].has_value() && std::isnan(*cover[at]));
    else
      EXPECT_EQ(cover[at], 10.0 * i);
    EXPECT_EQ(cloudy[at], 0.25 * i);
    if (i == 7) {
      EXPECT_TRUE(mask[at].has_value() && std::isnan(*mask[at]));
      continue;
    }
    EXPECT_EQ(mask[at], percent(i, filled(i), [](int v) { return v != 0; })) << i;
    EXPECT_EQ(some[at], percent(i, filled(i), [](int v) { return v == 2 || v == 6; })) << i;
  }
}

TEST_F(SceneRanks, AreNothingWhereAFileDoesNotHoldThem) {
  for (const char* text : {"clouds", "percent(clouds)", "percent(CLOUDY)", "title"})
    for (const auto& rank : ranks(text)) EXPECT_FALSE(rank.has_value()) << text;
}

TEST_F(SceneRanks, RefuseAVariableOfManyValuesAndFilesThatAreNone) {
  const auto error_of = [&](const char* text, const std::vector<std::string>& paths) {
    try {
      static_cast<void>(ranks_of(comm_, SceneRank::parse(text), paths));
    } catch (const mpi::AgreedError& error) {
      return std::optional<base::Error>(error);
    }
    return std::optional<base::Error>();
  };
  const auto many = error_of("mask", paths_);
  ASSERT_TRUE(many.has_value());
  EXPECT_EQ(many->facts().variable, "mask");
  EXPECT_NE(many->facts().hint.find("percent(mask)"), std::string::npos);
  auto absent = paths_;
  absent[9] += ".not";
  ASSERT_TRUE(error_of("cloud_cover", absent).has_value());
  EXPECT_EQ(error_of("cloud_cover", absent)->facts().file, absent[9]);
}

TEST(SceneRank, RefusesWhatIsNoRank) {
  for (const char* text : {"", "percent()", "percent(a=)", "percent(a=b)", "percent(a", "a,b",
                           "percentage(a)", "percent(=1)", "a=1"})
    EXPECT_THROW(SceneRank::parse(text), base::Error) << text;
  EXPECT_EQ(SceneRank::parse(" percent( qa =1,3) ").variable(), "qa");
}

}  // namespace
}  // namespace colonnade::data
