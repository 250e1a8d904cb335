// Described sources: every sample's values compared with what the files were made from.
#include "data/source_samples.hpp"

#include <cmath>

namespace colonnade::data {
namespace {

using namespace source_samples;

TEST_F(SourceTest, EachPixelIsASampleWhateverTheOrderOfDimensions) {
  const auto set = RawSet::scan(comm_, steps(3), {"v", "w", "z", "latitude"}, {"v"},
                                {form_of({"time", "y", "x"})});
  ASSERT_EQ(set.columns(), 3 * rows * places);
  ASSERT_EQ(set.width(), 2 + bands + 1 + 1);
  const auto dims = set.sample_dimensions();
  ASSERT_EQ(dims.size(), 3U);
  EXPECT_EQ(dims[0].length * 100 + dims[1].length * 10 + dims[2].length, 345);
  const auto all = read(set);
  std::size_t at = 0;
  for (std::int64_t t = 0; t < 3; ++t)
    for (std::int64_t y = 0; y < rows; ++y)
      for (std::int64_t x = 0; x < places; ++x) {
        ASSERT_EQ(all[at++], pixel(t, y, x));
        ASSERT_EQ(all[at++], pixel(t, y, x) + 0.5F);
        for (std::int64_t band = 0; band < bands; ++band)
          ASSERT_EQ(all[at++], pixel(t, y, x) + 100.0F * static_cast<float>(band));
        ASSERT_EQ(all[at++], static_cast<float>(-y));
        ASSERT_EQ(all[at++], pixel(t, y, x));
      }
  EXPECT_EQ(at, all.size());
}

TEST_F(SourceTest, DimensionsThatAreNoSamplesMakeFeatures) {
  const auto set = RawSet::scan(comm_, steps(2), {"w"}, {}, {form_of({"time", "x"})});
  ASSERT_EQ(set.columns(), 2 * places);
  ASSERT_EQ(set.variables[0].shape, (std::vector<std::int64_t>{rows}));
  const auto all = read(set);
  std::size_t at = 0;
  for (std::int64_t t = 0; t < 2; ++t)
    for (std::int64_t x = 0; x < places; ++x)
      for (std::int64_t y = 0; y < rows; ++y) ASSERT_EQ(all[at++], pixel(t, y, x) + 0.5F);
}

TEST_F(SourceTest, WindowsStayWithinTheirGroup) {
  Names files;
  for (std::int64_t t = 0; t < 13; ++t)
    files.push_back(step(fmt::format("scan_{}_{}.nc", t < 8 ? "b" : "a", t), t));
  auto form = form_of({"time", "y", "x"});
  form.window = 3;
  form.stride = 2;
  form.name_fields = "kind,day,number";
  form.group_by = {"day"};
  const auto set =
      RawSet::scan(comm_, files, {"v", "z"}, {"v", "label"}, {form, "", "a: 7, b: -1"});
  // Group a has the steps 8 to 12, b those from 0 to 7: in the order of the groups' keys.
  const std::vector<std::int64_t> first{8, 10, 0, 2, 4};
  ASSERT_EQ(set.columns(), 5 * rows * places);
  EXPECT_EQ(set.sampling->left_over, 1);
  EXPECT_EQ(set.variables[1].shape, (std::vector<std::int64_t>{3, bands}));
  const auto all = read(set);
  std::size_t at = 0;
  for (const auto begin : first)
    for (std::int64_t y = 0; y < rows; ++y)
      for (std::int64_t x = 0; x < places; ++x) {
        for (std::int64_t t = begin; t < begin + 3; ++t) ASSERT_EQ(all[at++], pixel(t, y, x));
        for (std::int64_t t = begin; t < begin + 3; ++t)
          for (std::int64_t band = 0; band < bands; ++band)
            ASSERT_EQ(all[at++], pixel(t, y, x) + 100.0F * static_cast<float>(band));
        ASSERT_EQ(all[at++], pixel(begin + 2, y, x));
        ASSERT_EQ(all[at++], begin >= 8 ? 7.0F : -1.0F);
      }
  EXPECT_EQ(at, all.size());
}

TEST_F(SourceTest, WindowsGoOnFromFileToFileAlongADimensionThatTheyHave) {
  const auto file = [&](const std::string& name, std::int64_t begin, std::int64_t count) {
    return write(name, [&](NetcdfWriter& out) {
      out.dimension("site", 2);
      out.dimension("time", count);
      out.variable<float>("s", {"site", "time"});
      std::vector<float> values;
      for (std::int64_t site = 0; site < 2; ++site)
        for (std::int64_t t = begin; t < begin + count; ++t) values.push_back(pixel(t, site, 0));
      out.write<float>("s", values);
    });
  };
  const Names files{file("a.nc", 0, 4), file("b.nc", 4, 1), file("c.nc", 5, 6)};
  auto form = form_of({"time", "site"});
  const auto plain = RawSet::scan(comm_, files, {"s"}, {}, {form});
  ASSERT_EQ(plain.columns(), 22);
  const auto each = read(plain);
  for (std::int64_t i = 0; i < 22; ++i)
    ASSERT_EQ(each[static_cast<std::size_t>(i)], pixel(i / 2, i % 2, 0));
  form.window = 3;
  const auto windows = read(RawSet::scan(comm_, files, {"s"}, {}, {form}));
  ASSERT_EQ(windows.size(), 9U * 2 * 3);
  std::size_t at = 0;
  for (std::int64_t begin = 0; begin < 9; ++begin)
    for (std::int64_t site = 0; site < 2; ++site)
      for (std::int64_t t = begin; t < begin + 3; ++t) ASSERT_EQ(windows[at++], pixel(t, site, 0));
}

TEST_F(SourceTest, WindowsAlongAnInnerDimension) {
  auto form = form_of({"time", "y", "x"});
  form.window_dim = "x";
  form.window = 2;
  form.stride = 3;
  const auto set = RawSet::scan(comm_, steps(2), {"z"}, {"w"}, {form});
  ASSERT_EQ(set.columns(), 2 * rows * 2);  // windows begin at x = 0 and 3
  const auto all = read(set);
  std::size_t at = 0;
  for (std::int64_t t = 0; t < 2; ++t)
    for (std::int64_t y = 0; y < rows; ++y)
      for (std::int64_t begin = 0; begin <= 3; begin += 3) {
        for (std::int64_t x = begin; x < begin + 2; ++x)
          for (std::int64_t band = 0; band < bands; ++band)
            ASSERT_EQ(all[at++], pixel(t, y, x) + 100.0F * static_cast<float>(band));
        ASSERT_EQ(all[at++], pixel(t, y, begin + 1) + 0.5F);
      }
}

TEST_F(SourceTest, FilesOfAGroupLieSideBySide) {
  Names files;
  for (std::int64_t t = 0; t < 3; ++t) {
    files.push_back(step(fmt::format("in_p_{}.nc", t), t));
    files.push_back(step(fmt::format("out_p_{}.nc", t), 10 + t));
  }
  files.push_back(write("map_p.nc", [&](NetcdfWriter& out) {
    out.dimension("y", rows);
    out.dimension("x", places);
    out.variable<float>("land", {"y", "x"});
    out.write<float>("land", std::vector<float>(rows * places, 3.0F));
  }));
  auto form = form_of({"time", "y", "x"});
  form.name_fields = "kind,place,number";
  form.group_by = {"place"};
  form.derive = {"change=v@out-v@in"};
  const auto set = RawSet::scan(comm_, files, {"v@in", "land"}, {"change", "v@out"}, {form});
  EXPECT_EQ(set.variables[0].name, "v@in");
  EXPECT_EQ(set.variables[1].name, "land");
  const auto all = read(set);
  ASSERT_EQ(all.size(), 3U * rows * places * 4);
  std::size_t at = 0;
  for (std::int64_t t = 0; t < 3; ++t)
    for (std::int64_t y = 0; y < rows; ++y)
      for (std::int64_t x = 0; x < places; ++x) {
        ASSERT_EQ(all[at++], pixel(t, y, x));
        ASSERT_EQ(all[at++], 3.0F);
        ASSERT_EQ(all[at++], 10000.0F);
        ASSERT_EQ(all[at++], pixel(10 + t, y, x));
      }
}

/// Packed numbers that are meant unsigned, missing where their place is a multiple of 7.
void packed_scan(NetcdfWriter& out, std::int64_t time) {
  out.dimension("y", rows);
  out.dimension("x", places);
  out.variable<std::int16_t>("t", {"y", "x"}, std::int16_t{-1});
  out.attribute("t", "_Unsigned", "true");
  out.attribute<float>("t", "scale_factor", {0.5F});
  out.attribute<float>("t", "add_offset", {100.0F});
  out.attribute<std::int16_t>("t", "valid_range", {std::int16_t{0}, std::int16_t{-6}});
  out.variable<std::int8_t>("quality", {"y", "x"});
  std::vector<std::int16_t> values;
  std::vector<std::int8_t> quality;
  for (std::int64_t i = 0; i < rows * places; ++i) {
    const auto stored = static_cast<std::uint16_t>(30000 + 3000 * time + 100 * i);
    values.push_back(i % 7 == 0 ? std::int16_t{-1} : static_cast<std::int16_t>(stored));
    quality.push_back(static_cast<std::int8_t>(i % 4));
  }
  out.write<std::int16_t>("t", values);
  out.write<std::int8_t>("quality", quality);
}

TEST_F(SourceTest, AVariableWithoutStepsCountsForAllStepsOfItsFile) {
  const auto file = [&](const std::string& name, std::int64_t begin, std::int64_t count) {
    return write(name, [&](NetcdfWriter& out) {
      out.dimension("time", count);
      out.dimension("x", places);
      out.variable<float>("u", {"time", "x"});
      out.variable<float>("height", {"x"});
      std::vector<float> u, height;
      for (std::int64_t t = begin; t < begin + count; ++t)
        for (std::int64_t x = 0; x < places; ++x) u.push_back(pixel(t, 0, x));
      for (std::int64_t x = 0; x < places; ++x)
        height.push_back(static_cast<float>(100 * begin + x));
      out.write<float>("u", u);
      out.write<float>("height", height);
    });
  };
  const auto set = RawSet::scan(comm_, {file("a.nc", 0, 2), file("b.nc", 2, 3)}, {"height", "u"},
                                {}, {form_of({"time", "x"})});
  const auto all = read(set);
  ASSERT_EQ(all.size(), 5U * places * 2);
  std::size_t at = 0;
  for (std::int64_t t = 0; t < 5; ++t)
    for (std::int64_t x = 0; x < places; ++x) {
      ASSERT_EQ(all[at++], static_cast<float>(t < 2 ? x : 200 + x));
      ASSERT_EQ(all[at++], pixel(t, 0, x));
    }
}

TEST_F(SourceTest, TellsOfFilesThatHoldNothing) {
  auto files = steps(2);
  files.push_back(write("other.nc", [&](NetcdfWriter& out) {
    out.dimension("x", places);
    out.variable<float>("unknown", {"x"});
    out.write<float>("unknown", std::vector<float>(places, 1.0F));
  }));
  const auto set = RawSet::scan(comm_, files, {"v"}, {}, {form_of({"time", "y", "x"})});
  EXPECT_EQ(set.columns(), 2 * rows * places);
  EXPECT_EQ(set.sampling->unused, Names{files.back()});
  EXPECT_THROW(set.expect_all_used(), base::Error);
}

TEST_F(SourceTest, DifferencesAreTakenInDoublePrecision) {
  const auto file = [&](const std::string& name, double step) {
    return write(name, [&](NetcdfWriter& out) {
      out.dimension("x", places);
      out.variable<double>("d", {"x"});
      std::vector<double> values;
      for (std::int64_t x = 0; x < places; ++x)
        values.push_back(1e9 + step * static_cast<double>(x));
      out.write<double>("d", values);
    });
  };
  auto form = form_of({"time", "x"});
  form.name_fields = "kind";
  form.derive = {"change=d@after-d@before"};
  const auto set = RawSet::scan(comm_, {file("before.nc", 0.0), file("after.nc", 0.001)},
                                {"change"}, {}, {form});
  const auto all = read(set);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(places));
  for (std::int64_t x = 0; x < places; ++x)
    ASSERT_NEAR(all[static_cast<std::size_t>(x)], 0.001 * static_cast<double>(x), 1e-6);
}

TEST_F(SourceTest, UnpacksUnsignedNumbersAveragesAndMasks) {
  Names files;
  for (std::int64_t t = 0; t < 3; ++t)
    files.push_back(
        write(fmt::format("scan_{}.nc", t), [&](NetcdfWriter& out) { packed_scan(out, t); }));
  const MissingPolicy keep{MissingPolicy::Kind::keep, 0.0F};
  const auto value = [](std::int64_t t, std::int64_t i) {
    return 100.0F + 0.5F * static_cast<float>(30000 + 3000 * t + 100 * i);
  };
  auto form = form_of({"time", "y", "x"});
  const auto set = RawSet::scan(comm_, files, {"t"}, {}, {form});
  const auto all = read(set, keep);
  ASSERT_EQ(all.size(), 60U);
  for (std::int64_t s = 0; s < 60; ++s) {
    const float got = all[static_cast<std::size_t>(s)];
    if (s % 20 % 7 == 0)
      ASSERT_TRUE(std::isnan(got)) << s;
    else
      ASSERT_EQ(got, value(s / 20, s % 20)) << s;
  }
  EXPECT_TRUE(agreed_error([&] { static_cast<void>(read(set)); }));

  form.mask = "quality=0,2..3";
  const auto masked = read(RawSet::scan(comm_, files, {"t"}, {}, {form}), keep);
  form.mask = "t=0..15649.5";  // the values themselves, whole numbers or not
  const auto low = read(RawSet::scan(comm_, files, {"t"}, {}, {form}), keep);
  form.mask = "quality&1=0";
  const auto even = read(RawSet::scan(comm_, files, {"t"}, {}, {form}), keep);
  for (std::int64_t s = 0; s < 60; ++s) {
    const auto i = s % 20;
    ASSERT_EQ(std::isnan(masked[static_cast<std::size_t>(s)]), i % 7 == 0 || i % 4 == 1) << s;
    ASSERT_EQ(std::isnan(low[static_cast<std::size_t>(s)]),
              i % 7 == 0 || value(s / 20, i) > 15649.5F)
        << s;
    ASSERT_EQ(std::isnan(even[static_cast<std::size_t>(s)]), i % 7 == 0 || i % 2 == 1) << s;
  }

  auto means = form_of({"time"});
  means.mean_over = {"y", "x"};
  const auto averaged = read(RawSet::scan(comm_, files, {"t"}, {}, {means}));
  ASSERT_EQ(averaged.size(), 3U);
  for (std::int64_t t = 0; t < 3; ++t) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < 20; ++i)
      if (i % 7 != 0) sum += static_cast<double>(value(t, i));
    ASSERT_FLOAT_EQ(averaged[static_cast<std::size_t>(t)], static_cast<float>(sum / 17.0));
  }
}

}  // namespace
}  // namespace colonnade::data
