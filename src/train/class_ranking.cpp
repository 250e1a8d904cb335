#include <colonnade/train/class_ranking.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace colonnade::train {

namespace {

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();
constexpr double curve_step = 0.01;

std::size_t bins_for(std::size_t classes) {
  constexpr std::size_t most = std::size_t{1} << 16, least = std::size_t{1} << 10;
  constexpr std::size_t all = std::size_t{1} << 23;
  return std::clamp(std::bit_floor(all / std::max<std::size_t>(classes, 1)), least, most);
}

double total(std::span<const std::uint64_t> counts) {
  std::uint64_t sum = 0;
  for (const auto count : counts) sum += count;
  return static_cast<double>(sum);
}

/// From the highest bin down, as a threshold falls.
ClassRanking ranking_of(std::span<const std::uint64_t> no, std::span<const std::uint64_t> yes) {
  const double negatives = total(no), positives = total(yes);
  if (negatives == 0.0 || positives == 0.0)
    return {.roc_auc = not_known, .resolution = not_known, .average_precision = not_known};
  ClassRanking ranking{.false_positive_rate = {0.0}, .true_positive_rate = {0.0}};
  double above_no = 0.0, above_yes = 0.0, ordered = 0.0, tied = 0.0;
  for (std::size_t bin = no.size(); bin-- > 0;) {
    const auto n = static_cast<double>(no[bin]), y = static_cast<double>(yes[bin]);
    if (n == 0.0 && y == 0.0) continue;
    ordered += n * above_yes;
    tied += n * y;
    above_no += n;
    above_yes += y;
    ranking.average_precision += y / positives * (above_yes / (above_yes + above_no));
    const double false_rate = above_no / negatives, true_rate = above_yes / positives;
    const bool is_last = above_no == negatives && above_yes == positives;
    if (is_last || false_rate - ranking.false_positive_rate.back() >= curve_step ||
        true_rate - ranking.true_positive_rate.back() >= curve_step) {
      ranking.false_positive_rate.push_back(false_rate);
      ranking.true_positive_rate.push_back(true_rate);
    }
  }
  ranking.roc_auc = (ordered + tied / 2) / (negatives * positives);
  ranking.resolution = tied / 2 / (negatives * positives);
  return ranking;
}

}  // namespace

RankingCounts::RankingCounts(std::size_t classes)
    : classes_(classes), bins_(bins_for(classes)), counts_(classes * 2 * bins_) {}

void RankingCounts::add(std::size_t c, double score, bool is_member) {
  constexpr double most = 1e9;  // of odds that overflow
  const double z = std::clamp(score, -most, most);
  const double place = (1.0 + z / (8.0 + std::abs(z))) / 2;
  const auto bin =
      std::min(bins_ - 1, static_cast<std::size_t>(place * static_cast<double>(bins_)));
  ++counts_[(2 * c + (is_member ? 1 : 0)) * bins_ + bin];
}

std::vector<ClassRanking> RankingCounts::result(const mpi::Communicator& comm) const {
  auto counts = counts_;
  comm.sum(std::span(counts));
  std::vector<ClassRanking> rankings;
  for (std::size_t c = 0; c < classes_; ++c) {
    const auto of = std::span<const std::uint64_t>(counts).subspan(2 * c * bins_, 2 * bins_);
    rankings.push_back(ranking_of(of.first(bins_), of.last(bins_)));
  }
  return rankings;
}

}  // namespace colonnade::train
