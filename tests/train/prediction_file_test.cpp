#include "temporary_folder.hpp"
#include "train/class_samples.hpp"

#include <colonnade/io/hdf5.hpp>
#include <colonnade/train/prediction_file.hpp>

#include <gtest/gtest.h>

using namespace colonnade;
using namespace colonnade::train;
using namespace colonnade::train::samples;

namespace {

const std::vector<io::Dimension> shape{{"time", 3}, {"y", 5}, {"x", 7}};
constexpr std::int64_t pixels = 3 * 5 * 7;

/// Thousandths; the largest value of a row is its class number pixel % 5.
float value_of(std::int64_t pixel, std::size_t place) {
  const auto whole = static_cast<float>(100 + (pixel * 7 + static_cast<std::int64_t>(place)) % 300);
  return (static_cast<std::size_t>(pixel) % class_count == place ? 500.0F + whole : whole) /
         1000.0F;
}

std::vector<float> rows_of(mpi::Range range, std::size_t width) {
  std::vector<float> rows;
  for (auto pixel = range.begin; pixel < range.end; ++pixel)
    for (std::size_t place = 0; place < width; ++place) rows.push_back(value_of(pixel, place));
  return rows;
}

/// Numbers instead of classes: five levels, which the raw file calls nothing, and a scalar.
data::Recipe number_recipe() {
  auto recipe = class_recipe(Kind::one);
  recipe.classes.reset();
  recipe.targets[0].shape = {4};
  recipe.targets[0].dimensions = {""};
  recipe.targets.push_back(recipe.targets[0]);
  recipe.targets[1].name = "rain";
  recipe.targets[1].shape.clear();
  recipe.targets[1].dimensions.clear();
  return recipe;
}

/// Writes all pixels in two rounds that are cut within rows; the last rank has none in the second.
void write(const std::string& path, const data::Recipe& recipe, double threshold = 0.5) {
  const mpi::Communicator comm;
  PredictionFile file(comm, path, recipe, shape, threshold, {{"title", "pixels"}});
  const std::int64_t first = 52;
  const auto one = mpi::share(first, comm.size(), comm.rank());
  file.write_rows(one, rows_of(one, class_count));
  const auto writers = std::max(1, comm.size() - 1);
  const auto other = comm.rank() < writers
                         ? mpi::shifted(mpi::share(pixels - first, writers, comm.rank()), first)
                         : mpi::Range{pixels, pixels};
  file.write_rows(other, rows_of(other, class_count));
  file.close();
}

TEST(PredictionFile, HasProbabilitiesAndClassesInTheShapeOfTheSource) {
  const test::TemporaryFolder folder;
  write(folder / "one.nc", class_recipe(Kind::one));
  const auto file = io::Hdf5File::open(folder / "one.nc");
  EXPECT_EQ(file.shape("surface_probability"), (std::vector<std::int64_t>{3, 5, 7, 5}));
  EXPECT_EQ(file.shape("surface_class"), (std::vector<std::int64_t>{3, 5, 7}));
  EXPECT_EQ(file.read_all<float>("surface_probability"), rows_of({0, pixels}, class_count));
  const auto classes = file.read_all<std::int32_t>("surface_class");
  for (std::size_t pixel = 0; pixel < pixels; ++pixel)
    EXPECT_EQ(classes[pixel], static_cast<std::int32_t>(pixel % class_count)) << pixel;
  EXPECT_EQ(file.text_attribute("surface_class", "flag_meanings"),
            "class_0 class_1 class_2 class_3 class_4");
  EXPECT_EQ(file.read_texts("class").at(3), "class_3");
  EXPECT_FALSE(file.has("surface"));
}

TEST(PredictionFile, HasLabelsFromTheThresholdOn) {
  const test::TemporaryFolder folder;
  write(folder / "many.nc", class_recipe(Kind::many), 0.3);
  const auto file = io::Hdf5File::open(folder / "many.nc");
  EXPECT_EQ(file.shape("surface_labels"), (std::vector<std::int64_t>{3, 5, 7, 5}));
  const auto labels = file.read_all<std::int8_t>("surface_labels");
  const auto rows = rows_of({0, pixels}, class_count);
  int yes = 0;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    EXPECT_EQ(labels[at] == 1, static_cast<double>(rows[at]) >= 0.3) << at;
    yes += labels[at];
  }
  EXPECT_GT(yes, pixels);
  EXPECT_LT(yes, static_cast<int>(rows.size()) / 2);
}

TEST(PredictionFile, HasNumbersInTheShapeOfTheSource) {
  const test::TemporaryFolder folder;
  write(folder / "numbers.nc", number_recipe());
  const auto file = io::Hdf5File::open(folder / "numbers.nc");
  EXPECT_EQ(file.shape("surface"), (std::vector<std::int64_t>{3, 5, 7, 4}));
  EXPECT_EQ(file.shape("rain"), (std::vector<std::int64_t>{3, 5, 7}));
  const auto surface = file.read_all<float>("surface"), rain = file.read_all<float>("rain");
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    const auto at = static_cast<std::size_t>(pixel);
    EXPECT_EQ(surface[4 * at + 1], value_of(pixel, 1));
    EXPECT_EQ(rain[at], value_of(pixel, 4));
  }
  EXPECT_TRUE(file.has("surface_dim1"));
}

}  // namespace
