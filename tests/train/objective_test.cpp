#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/train/heating_rate.hpp>
#include <colonnade/train/objective.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::int64_t half_levels = 6;
constexpr std::size_t targets = 3 * half_levels;

data::RawVariable vertical(const std::string& name) {
  return {.name = name,
          .shape = {half_levels},
          .dimensions = {"half_level"},
          .feature_names = {},
          .feature_units = {},
          .units = "W m-2",
          .long_name = ""};
}

/// flux_dn_sw, flux_up_sw and t by their scales 1, 2, ... 18 (flux_dn_sw[0] never changes: 0), and
/// pressures 0, 100, 300, 600, 1000 and 1500 Pa as log1p.
data::Recipe recipe() {
  data::RawSet set;
  set.column_dim = "column";
  set.variables = {vertical("pressure_hl"), vertical("flux_dn_sw"), vertical("flux_up_sw"),
                   vertical("t")};
  auto recipe = data::flat_recipe(set, 1, {});
  data::set_transforms(recipe, {{"pressure_hl", data::Transform::parse("log1p")}});
  auto& x = recipe.array("x").encoding;
  x.offset.assign(half_levels, 0.0);
  x.scale.assign(half_levels, 1.0);
  for (int k = 0; k < half_levels; ++k) x.statistics.mean.push_back(std::log1p(50.0 * k * (k + 1)));
  auto& y = recipe.array("y").encoding;
  for (std::size_t i = 0; i < targets; ++i) {
    y.offset.push_back(0.25 * static_cast<double>(i));
    y.scale.push_back(i == 0 ? 0.0 : 1.0 + static_cast<double>(i));
  }
  return recipe;
}

base::Error error_of(const ObjectiveOptions& options, const data::Recipe& recipe) {
  try {
    objective_of(options, recipe);
  } catch (const base::Error& error) {
    return error;
  }
  return {base::ErrorKind::internal, "no error"};
}

/// Three classes, of frequencies 0.5, 0.002 and 0.498.
data::Recipe class_recipe(data::Classes::Kind kind) {
  auto classes = recipe();
  classes.classes = data::Classes{.kind = kind, .classes = {{"land"}, {"ice"}, {"sea"}}};
  auto& y = classes.array("y").encoding;
  y.features.clear();
  for (const auto* name : {"land", "ice", "sea"})
    y.features.push_back({.name = name, .variable = name, .units = "1"});
  y.transforms.resize(3);
  y.offset.assign(3, 0.0);
  y.scale.assign(3, 1.0);
  y.statistics.mean = {0.5, 0.002, 0.498};
  return classes;
}

TEST(Objective, IsPlainByDefault) {
  EXPECT_TRUE(objective_of({.loss = nn::Loss::mae}, recipe()).is_plain());
}

TEST(Objective, WeighsTargetsAndLevels) {
  const auto weights =
      objective_of({.target_weights = {"flux_dn_sw=2", "flux_up_sw[1:3]=0.5", "flux_dn_sw[4]=3"}},
                   recipe())
          .weights;
  EXPECT_EQ(weights, (std::vector<float>{2, 2, 2, 2, 6, 2, 1, .5, .5, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
}

TEST(Objective, WeighsByStd) {
  // 2 + 3 + ... + 18 = 170 over 17 targets: a mean of 10.
  const auto linear =
      objective_of({.loss = nn::Loss::mae, .weight_by_std = true}, recipe()).weights;
  const auto square =
      objective_of({.target_weights = {"t=0"}, .weight_by_std = true}, recipe()).weights;
  ASSERT_EQ(linear.size(), targets);
  double sum_of_squares = 0.0;
  for (std::size_t i = 1; i < targets; ++i)
    sum_of_squares += static_cast<double>((i + 1) * (i + 1));
  EXPECT_EQ(linear[0], 0.0F);
  for (std::size_t i = 1; i < targets; ++i) {
    const auto scale = static_cast<double>(i + 1);
    EXPECT_FLOAT_EQ(linear[i], static_cast<float>(scale / 10.0));
    EXPECT_FLOAT_EQ(square[i],
                    i < 12 ? static_cast<float>(scale * scale * 17.0 / sum_of_squares) : 0.0F);
  }
}

TEST(Objective, CountsHeatingRatesAsEvaluationDoes) {
  const auto columns = recipe();
  const auto objective = objective_of({.loss = nn::Loss::mae, .heating_rate_weight = 2.0}, columns);
  ASSERT_EQ(objective.fluxes.size(), 1U);
  ASSERT_EQ(objective.fluxes[0].factor.size(), 5U);

  // The same columns through evaluation's arithmetic, at the mean pressures.
  std::vector<float> prediction(targets), target(targets);
  for (std::size_t i = 0; i < targets; ++i) {
    prediction[i] = std::sin(static_cast<float>(i * i));
    target[i] = std::cos(static_cast<float>(3 * i));
  }
  const HeatingRates rates(columns);
  const auto rates_of = [&](std::vector<float> row) {
    columns.array("y").encoding.decode_rows(row);
    std::vector<float> found(5);
    rates.compute(row, std::vector<float>{0, 100, 300, 600, 1000, 1500}, 0, found);
    return found;
  };
  const auto found = rates_of(prediction), truth = rates_of(target);
  double mean_target_error = 0.0, mean_rate_error = 0.0;
  for (std::size_t i = 0; i < targets; ++i)
    mean_target_error += std::abs(prediction[i] - target[i]) / static_cast<double>(targets);
  for (std::size_t k = 0; k < 5; ++k) mean_rate_error += std::abs(found[k] - truth[k]) / 5.0;
  EXPECT_GT(mean_rate_error, 10.0);
  const double expected = mean_target_error + 2.0 * mean_rate_error;
  EXPECT_NEAR(nn::loss_sum(objective, prediction.data(), target.data(), 1, targets) / targets,
              expected, 1e-4 * expected);
}

TEST(Objective, LayersWithoutPressuresEndARun) {
  auto columns = recipe();
  auto& x = columns.array("x");
  auto means = x.encoding.statistics.mean;
  means.erase(means.begin() + 2);
  data::remove_features(x, {2});
  x.encoding.statistics.mean = means;
  x.encoding.offset.assign(5, 0.0);
  x.encoding.scale.assign(5, 1.0);
  const auto fluxes = objective_of({.heating_rate_weight = 1.0}, columns).fluxes;
  ASSERT_EQ(fluxes.size(), 2U);
  EXPECT_EQ(fluxes[0].factor.size(), 1U);
  EXPECT_EQ(fluxes[1].factor.size(), 2U);
  EXPECT_EQ(fluxes[1].down, 3U);
  EXPECT_EQ(fluxes[1].up, 9U);
  EXPECT_EQ(fluxes[1].down_scale, (std::vector<float>{4, 5, 6}));
}

TEST(Objective, RefusesWhatItCannotDo) {
  for (const char* word : {"flux_dn_sw", "=2", "flux_dn_sw=-1", "flux_dn_sw=nan", "flux_dn_sw=2x",
                           "flux_dn_sw=1e60", "flux_dn_sw[2:1]=1"})
    EXPECT_EQ(error_of({.target_weights = {word}}, recipe()).kind(), base::ErrorKind::usage)
        << word;
  const auto unknown = error_of({.target_weights = {"flux_dn=2"}}, recipe());
  EXPECT_EQ(unknown.facts().hint, "the targets have flux_dn_sw, flux_up_sw, t");
  EXPECT_EQ(error_of({.target_weights = {"flux_dn_sw[6]=2"}}, recipe()).sentence(),
            "no such level");
  // 1e-46 is no number of float's.
  for (const std::string none : {"0", "1e-46"})
    EXPECT_EQ(
        error_of({.target_weights = {"flux_dn_sw=" + none, "flux_up_sw=0", "t=" + none}}, recipe())
            .kind(),
        base::ErrorKind::usage)
        << none;

  auto bent = recipe();
  data::set_transforms(bent, {{"flux_up_sw", data::Transform::parse("root2")}});
  EXPECT_EQ(error_of({.heating_rate_weight = 1.0}, bent).facts().variable, "flux_up_sw[0]");
  auto thin = recipe();
  thin.array("x").encoding.statistics.mean[3] = thin.array("x").encoding.statistics.mean[2];
  EXPECT_EQ(error_of({.heating_rate_weight = 1.0}, thin).kind(), base::ErrorKind::data);
  auto none = recipe();
  for (auto& feature : none.array("x").encoding.features) feature.variable = "p";
  EXPECT_EQ(error_of({.heating_rate_weight = 1.0}, none).kind(), base::ErrorKind::usage);
}

TEST(Objective, LossFollowsFromTheTargets) {
  using enum data::Classes::Kind;
  EXPECT_EQ(loss_of("auto", recipe()), nn::Loss::mse);
  EXPECT_EQ(loss_of("auto", class_recipe(one)), nn::Loss::cross_entropy);
  EXPECT_EQ(loss_of("auto", class_recipe(many)), nn::Loss::bce);
  EXPECT_EQ(loss_of("huber", class_recipe(many)), nn::Loss::huber);
  EXPECT_THROW(loss_of("logistic", recipe()), base::Error);
  EXPECT_TRUE(objective_of({.loss = nn::Loss::bce}, class_recipe(many)).class_weights.empty());
}

TEST(Objective, WeighsClasses) {
  using enum data::Classes::Kind;
  const auto weights = [](const std::string& word, data::Classes::Kind kind) {
    return objective_of({.loss = kind == one ? nn::Loss::cross_entropy : nn::Loss::bce,
                         .class_weights = {word}},
                        class_recipe(kind))
        .class_weights;
  };
  EXPECT_EQ(weights("ice=3", one), (std::vector<float>{1, 3, 1}));
  const auto of_one = weights("balanced", one), of_many = weights("balanced", many);
  EXPECT_FLOAT_EQ(of_one[0], 1.0F / (3 * 0.5F));
  EXPECT_EQ(of_one[1], 100.0F) << "1 / (3 * 0.002) is too much";
  EXPECT_FLOAT_EQ(of_many[2], 0.502F / 0.498F);
  EXPECT_EQ(of_many[1], 100.0F);
}

TEST(Objective, RefusesLossesAndWeightsOfOtherTargets) {
  using enum data::Classes::Kind;
  const auto hint = [](const ObjectiveOptions& options, const data::Recipe& recipe) {
    const auto error = error_of(options, recipe);
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    return error.facts().hint;
  };
  EXPECT_EQ(hint({.loss = nn::Loss::bce}, recipe()), "use --loss mse, mae or huber");
  EXPECT_EQ(hint({.class_weights = {"balanced"}}, recipe()), "use --target-weights");
  for (const auto loss : {nn::Loss::mse, nn::Loss::mae, nn::Loss::huber, nn::Loss::bce})
    EXPECT_EQ(hint({.loss = loss}, class_recipe(one)), "use --loss cross-entropy");
  EXPECT_EQ(hint({.loss = nn::Loss::cross_entropy}, class_recipe(many)), "use --loss bce");
  for (const ObjectiveOptions& options :
       {ObjectiveOptions{.loss = nn::Loss::bce, .target_weights = {"ice=2"}},
        ObjectiveOptions{.loss = nn::Loss::bce, .weight_by_std = true},
        ObjectiveOptions{.loss = nn::Loss::bce, .heating_rate_weight = 1.0}})
    EXPECT_EQ(hint(options, class_recipe(many)), "use --class-weights");
  EXPECT_EQ(hint({.loss = nn::Loss::bce, .class_weights = {"snow=2"}}, class_recipe(many)),
            "the classes have ice, land, sea");
  EXPECT_EQ(hint({.loss = nn::Loss::bce, .class_weights = {"land=0", "ice=0", "sea=0"}},
                 class_recipe(many)),
            "give another --class-weights");
}

}  // namespace
