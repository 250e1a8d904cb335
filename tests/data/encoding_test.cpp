#include <colonnade/data/encoding.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace colonnade::data {
namespace {

/// Four features: plain, constant, root4, and one left as it is.
Encoding four_features() {
  Encoding encoding;
  for (const char* name : {"t", "co2", "q", "z"}) encoding.features.push_back({name, name, "1"});
  encoding.transforms = {{}, {}, {Transform::Kind::root4}, {}};
  encoding.offset = {280.0, 412.3, 0.1, 0.0};
  encoding.scale = {4.0, 0.0, 0.25, 1.0};
  return encoding;
}

TEST(Encoding, EncodesWithOffsetScaleAndTransform) {
  std::vector<float> rows{284.0F, 412.0F, 0.0016F, 0.125F, 276.0F, 999.0F, 0.0F, -3.0F};
  four_features().encode_rows(rows);
  EXPECT_FLOAT_EQ(rows[0], 1.0F);
  EXPECT_EQ(rows[1], 0.0F) << "a constant is 0 whatever comes";
  EXPECT_NEAR(rows[2], (0.2 - 0.1) / 0.25, 1e-6);
  EXPECT_EQ(rows[3], 0.125F);
  EXPECT_FLOAT_EQ(rows[4], -1.0F);
  EXPECT_EQ(rows[5], 0.0F);
  EXPECT_FLOAT_EQ(rows[6], -0.4F);
  EXPECT_EQ(rows[7], -3.0F);
}

TEST(Encoding, DecodesBackAndGivesConstantsTheirOffset) {
  const auto encoding = four_features();
  const std::vector<float> physical{284.5F, 412.3F, 3e-5F, 1e-30F, 100.0F, 412.3F, 0.9F, -7.5F};
  auto rows = physical;
  encoding.encode_rows(rows);
  encoding.decode_rows(rows);
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_NEAR(rows[i], physical[i], 2e-6 * std::abs(physical[i])) << i;
  EXPECT_EQ(encoding.constants(), std::vector<std::size_t>{1});
}

TEST(Encoding, RoundsOnceFromDouble) {
  // In float, value - offset would lose all of its digits.
  Encoding encoding;
  encoding.features.resize(1);
  encoding.transforms.resize(1);
  encoding.offset = {101324.9999};
  encoding.scale = {1e-4};
  std::vector<float> row{101325.0F};
  encoding.encode_rows(row);
  EXPECT_NEAR(row[0], 1.0, 1e-6);
}

TEST(Encoding, WithoutNormalisationKeepsTheBits) {
  Encoding encoding;
  encoding.features.resize(2);
  encoding.transforms.resize(2);
  encoding.offset = {0.0, 0.0};
  encoding.scale = {1.0, 1.0};
  std::vector<float> row{-0.0F, 1e-45F};
  encoding.encode_rows(row);
  EXPECT_TRUE(std::signbit(row[0]));
  EXPECT_EQ(row[1], 1e-45F);
}

TEST(Encoding, RefusesRowsOfAnotherWidth) {
  std::vector<float> rows(5);
  EXPECT_THROW(four_features().encode_rows(rows), std::logic_error);
  EXPECT_THROW(four_features().decode_rows(rows), std::logic_error);
}

/// 1,300 features in more than one block, with runs of transforms over their ends, taken from raw
/// rows in runs, alone and from nowhere.
class EncodeRaw : public testing::TestWithParam<std::size_t> {};

TEST_P(EncodeRaw, HasTheBitsOfGatheringTransformingAndNormalisingRowByRow) {
  constexpr std::size_t width = 1300, raw_width = 1500;
  const std::size_t rows = GetParam();
  Encoding encoding;
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < width; ++i) {
    encoding.features.push_back({"f", "f", "1"});
    encoding.transforms.push_back(i >= 500 && i < 1100 ? Transform{Transform::Kind::root4}
                                                       : Transform{});
    encoding.offset.push_back(0.01 * static_cast<double>(i));
    encoding.scale.push_back(i % 97 == 0 ? 0.0 : 0.5 + static_cast<double>(i % 7));
    places.push_back(i % 401 == 400   ? -1
                     : i % 250 == 249 ? static_cast<std::int64_t>(i % 13)
                                      : static_cast<std::int64_t>(i + 150));
  }
  std::vector<float> raw(rows * raw_width), encoded(rows * width, -1.0F), expected(width);
  for (std::size_t i = 0; i < raw.size(); ++i)
    raw[i] = 0.001F * static_cast<float>(i * 7919 % 10007);
  const RowEncoder encoder(encoding);
  encoder.encode(RowGather(places), raw, raw_width, encoded);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < width; ++i) {
      float value =
          places[i] < 0 ? 0.0F : raw[row * raw_width + static_cast<std::size_t>(places[i])];
      encoding.transforms[i].apply(&value, 1);
      const double inverse = encoding.scale[i] == 0.0 ? 0.0 : 1.0 / encoding.scale[i];
      expected[i] = static_cast<float>((static_cast<double>(value) - encoding.offset[i]) * inverse);
    }
    const std::vector<float> mine(encoded.begin() + static_cast<std::ptrdiff_t>(row * width),
                                  encoded.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
    ASSERT_EQ(mine, expected) << "row " << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, EncodeRaw, testing::Values(0U, 1U, 8U, 13U, 17U));

}  // namespace
}  // namespace colonnade::data
