#include <colonnade/base/random.hpp>
#include <colonnade/nn/kernel.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

using namespace colonnade;
using namespace colonnade::nn;

namespace {

std::vector<float> numbers(std::size_t count, std::uint64_t index) {
  base::Random random(11, base::Purpose::test, index);
  std::vector<float> values(count);
  for (auto& value : values) value = static_cast<float>(random.normal());
  return values;
}

/// The outputs of a column that stands in `row` of a micro-batch of others.
std::vector<float> outputs(MlpKernel& kernel, std::int64_t row, const std::vector<float>& column,
                           std::vector<float>& others, std::size_t width) {
  const auto place = others.begin() + row * static_cast<std::int64_t>(column.size());
  const std::vector<float> other(place, place + static_cast<std::int64_t>(column.size()));
  std::copy(column.begin(), column.end(), place);
  const float* const y = kernel.forward(others.data()) + static_cast<std::size_t>(row) * width;
  std::copy(other.begin(), other.end(), place);
  return {y, y + width};
}

class RowBits : public testing::TestWithParam<MlpShape> {};

}  // namespace

TEST_P(RowBits, DependOnTheColumnAloneInBothBatchesOfPredictions) {
  const MlpShape& shape = GetParam();
  const auto width = static_cast<std::size_t>(shape.outputs());
  const auto weights = numbers(parameter_count(shape), 0);
  const auto column = numbers(static_cast<std::size_t>(shape.inputs()), 1);
  std::vector<float> first;
  int compared = 0;
  for (const std::int64_t columns : {small_prediction_batch, prediction_batch}) {
    MlpKernel kernel(shape, columns, KernelUse::inference);
    kernel.set_weights(std::span<const float>(weights));
    auto others = numbers(static_cast<std::size_t>(columns * shape.inputs()), 2);
    for (std::int64_t row = 0; row < columns; row += row + 8 < columns ? 7 : 1) {
      const auto y = outputs(kernel, row, column, others, width);
      if (first.empty()) first = y;
      ASSERT_EQ(std::memcmp(y.data(), first.data(), width * sizeof(float)), 0)
          << columns << " columns, row " << row;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 30);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, RowBits,
    testing::Values(MlpShape{{4128, 512, 512, 552}}, MlpShape{{4128, 100, 100, 552}},
                    MlpShape{{60, 128, 60}, Activation::gelu}, MlpShape{{7, 3, 2}},
                    MlpShape{{300, 77, 33, 51}, Activation::tanh}, MlpShape{{1000, 256, 1}},
                    MlpShape{{2000, 1024, 7}, Activation::relu}, MlpShape{{96, 64, 553}},
                    MlpShape{{894, 640, 640, 640, 552}, Activation::silu, true}));
