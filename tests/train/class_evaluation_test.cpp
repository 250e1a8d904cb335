#include "train/class_samples.hpp"

#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/class_evaluation.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace colonnade;
using namespace colonnade::train;
using namespace colonnade::train::samples;

namespace {

ColumnSource class_source(Kind kind) {
  const auto read = [kind](const std::string& array, mpi::Range columns, std::span<float> rows) {
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(columns.size()) * class_count);
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const auto column = columns.begin + static_cast<std::int64_t>(at / class_count);
      const std::size_t c = at % class_count;
      rows[at] = array == "x" ? logit(kind, column, c) : belongs(kind, column, c) ? 1.0F : 0.0F;
    }
  };
  return {class_count, class_count, class_training, class_validation, read};
}

ClassEvaluation evaluated(Kind kind, MPI_Comm comm = MPI_COMM_WORLD, int threads = 1,
                          double threshold = 0.5) {
  return evaluate_classes(mpi::Communicator(comm), class_model(kind), class_source(kind),
                          class_test, {.threads = threads, .threshold = threshold}, {});
}

double probability(Kind kind, std::int64_t column, std::size_t c) {
  double sum = 0.0;
  for (std::size_t other = 0; other < class_count; ++other)
    sum += std::exp(static_cast<double>(logit(kind, column, other)));
  const auto z = static_cast<double>(logit(kind, column, c));
  return kind == Kind::one ? std::exp(z) / sum : 1.0 / (1.0 + std::exp(-z));
}

class ClassEvaluationOf : public testing::TestWithParam<Kind> {};

TEST_P(ClassEvaluationOf, CountsAsAPlainLoopDoes) {
  const Kind kind = GetParam();
  const auto found = evaluated(kind);
  double log_loss = 0.0;
  std::uint64_t exact = 0;
  std::vector<std::uint64_t> hits(class_count), predicted(class_count), members(class_count);
  for (auto column = class_test.begin; column < class_test.end; ++column) {
    std::size_t most = 0;
    for (std::size_t c = 1; c < class_count; ++c)
      if (logit(kind, column, c) > logit(kind, column, most)) most = c;
    bool is_exact = true;
    for (std::size_t c = 0; c < class_count; ++c) {
      const bool is = belongs(kind, column, c);
      const double p = probability(kind, column, c);
      const bool said = kind == Kind::one ? c == most : p >= 0.5;
      hits[c] += is && said ? 1 : 0;
      predicted[c] += said ? 1 : 0;
      members[c] += is ? 1 : 0;
      is_exact = is_exact && is == said;
      if (kind == Kind::many)
        log_loss -= std::log(is ? p : 1.0 - p) / static_cast<double>(class_count);
      else if (is)
        log_loss -= std::log(p);
    }
    exact += is_exact ? 1 : 0;
  }
  const auto columns = static_cast<double>(class_test.size());
  EXPECT_EQ(found.columns, class_test.size());
  EXPECT_NEAR(found.log_loss, log_loss / columns, 1e-12);
  EXPECT_EQ(found.model.exact, exact);
  for (std::size_t c = 0; c < class_count; ++c) {
    EXPECT_EQ(found.model.hits(c), hits[c]) << c;
    EXPECT_EQ(found.model.predicted(c), predicted[c]) << c;
    EXPECT_EQ(found.model.support(c), members[c]) << c;
    EXPECT_GT(members[c], 0U) << c;
  }
  EXPECT_EQ(found.model.predicted(4), 0U);
  EXPECT_EQ(found.model.skill(4).precision, 0.0) << "none predicted: nothing divided by zero";
  EXPECT_GT(found.model.accuracy(), found.majority.accuracy());
  EXPECT_LT(found.log_loss, found.majority_log_loss);
}

TEST_P(ClassEvaluationOf, RanksPairsAsAPlainLoopDoes) {
  const Kind kind = GetParam();
  const auto found = evaluated(kind);
  for (std::size_t c = 0; c < class_count; ++c) {
    std::vector<double> in, out;
    for (auto column = class_test.begin; column < class_test.end; ++column)
      (belongs(kind, column, c) ? in : out).push_back(probability(kind, column, c));
    double ordered = 0.0;
    for (const double p : in)
      for (const double q : out)
        // Equal logits may give probabilities that differ in their last bit.
        ordered += std::abs(p - q) < 1e-14 ? 0.5 : p > q ? 1.0 : 0.0;
    const auto pairs = static_cast<double>(in.size() * out.size());
    const auto& ranking = found.rankings[c];
    EXPECT_NEAR(ranking.roc_auc, ordered / pairs, ranking.resolution + 1e-12) << c;
    EXPECT_LT(ranking.resolution, 0.01);
    EXPECT_GT(ranking.roc_auc, 0.7);
    EXPECT_EQ(ranking.true_positive_rate.back(), 1.0);
    EXPECT_EQ(ranking.false_positive_rate.back(), 1.0);
    EXPECT_GT(ranking.true_positive_rate.size(), 10U);
    EXPECT_LT(ranking.true_positive_rate.size(), 202U);
  }
}

TEST_P(ClassEvaluationOf, CalibratesByBins) {
  const Kind kind = GetParam();
  const auto found = evaluated(kind);
  ASSERT_EQ(found.calibrations.size(), class_count);
  std::uint64_t cases = 0;
  for (const auto& calibration : found.calibrations)
    for (std::size_t bin = 0; bin < Calibration::bins; ++bin) {
      cases += calibration.count[bin];
      if (calibration.count[bin] == 0) continue;
      EXPECT_GE(calibration.mean_predicted(bin) * 15.0, static_cast<double>(bin) - 1e-6);
      EXPECT_LE(calibration.mean_predicted(bin) * 15.0, static_cast<double>(bin) + 1.0 + 1e-6);
    }
  EXPECT_EQ(cases, static_cast<std::uint64_t>(class_test.size()) * class_count);
  std::uint64_t all = 0;
  for (const auto count : found.calibration.count) all += count;
  EXPECT_EQ(all, kind == Kind::many ? cases : static_cast<std::uint64_t>(class_test.size()));
}

TEST_P(ClassEvaluationOf, HasTheBitsOfOneRankAndOneThread) {
  const auto alone = json_of(evaluated(GetParam(), MPI_COMM_SELF), {});
  for (const int threads : {1, 2, 3})
    EXPECT_EQ(json_of(evaluated(GetParam(), MPI_COMM_WORLD, threads), {}), alone) << threads;
}

TEST_P(ClassEvaluationOf, RefusesWeightsThatGiveNoNumberOnAllRanks) {
  auto wild = class_model(GetParam());
  wild.weights[nn::layers(wild.shape).front().bias_offset + 3] =
      std::numeric_limits<float>::quiet_NaN();
  try {
    evaluate_classes(mpi::Communicator(), wild, class_source(GetParam()), class_test, {}, {});
    FAIL() << "NaN went through";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::numeric);
    EXPECT_EQ(error.facts().variable, "class_3");
    EXPECT_EQ(error.facts().column, class_test.begin);
  }
  EXPECT_THROW(
      evaluate_classes(mpi::Communicator(), wild, class_source(GetParam()), {5, 5}, {}, {}),
      mpi::AgreedError);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ClassEvaluationOf, testing::Values(Kind::one, Kind::many),
                         [](const auto& info) { return info.param == Kind::one ? "one" : "many"; });

TEST(ClassEvaluation, PredictsMoreLabelsFromALowerThreshold) {
  const auto half = evaluated(Kind::many);
  const auto low = evaluated(Kind::many, MPI_COMM_WORLD, 1, 0.2);
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_GT(low.model.predicted(c), half.model.predicted(c));
    EXPECT_GT(low.model.skill(c).recall, half.model.skill(c).recall);
    EXPECT_EQ(low.rankings[c].roc_auc, half.rankings[c].roc_auc);
  }
}

TEST(ClassEvaluation, TellsTheSampleMeanOfLabelsFoundAndMissed) {
  DecisionCounts counts(Kind::many, 3);
  std::vector<double> sums(3);
  counts.add(std::vector<float>{1, 1, 0}, std::vector<std::int8_t>{1, 0, 1}, sums);
  counts.add(std::vector<float>{0, 0, 0}, std::vector<std::int8_t>{0, 0, 0}, sums);
  const auto found = counts.result(mpi::Communicator(MPI_COMM_SELF), 2, sums);
  EXPECT_DOUBLE_EQ(found.samples.f1, 0.25);
  EXPECT_DOUBLE_EQ(found.samples.precision, 0.25);
  EXPECT_DOUBLE_EQ(found.accuracy(), 0.5);
  EXPECT_DOUBLE_EQ(found.hamming_loss(), 2.0 / 6.0);
}

TEST(ClassEvaluation, KnowsNoCurveOfAClassWithoutColumns) {
  RankingCounts counts(2);
  counts.add(0, 1.0, false);
  counts.add(1, 2.0, true);
  counts.add(1, std::numeric_limits<double>::infinity(), false);
  counts.add(1, -std::numeric_limits<double>::infinity(), false);
  const auto found = counts.result(mpi::Communicator(MPI_COMM_SELF));
  EXPECT_TRUE(std::isnan(found[0].roc_auc));
  EXPECT_DOUBLE_EQ(found[1].roc_auc, 0.5);
  EXPECT_EQ(counts.bins(), 65536U);
  EXPECT_EQ(RankingCounts(300).bins(), 16384U);
}

}  // namespace
