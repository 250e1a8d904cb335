#include <colonnade/train/pair_histogram.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::train {

namespace {

constexpr std::size_t bins = PairHistogram::bins;

double physical(const data::Transform& transform, double value) {
  auto narrow = static_cast<float>(value);
  transform.invert(&narrow, 1);
  return static_cast<double>(narrow);
}

PairHistogram empty_of(const data::Encoding& encoding, const data::FeatureRun& run) {
  const auto& [count, mean, std, min, max] = encoding.statistics;
  PairHistogram made{.counts = std::vector<std::uint64_t>(bins * bins)};
  for (std::size_t q = run.first; q < run.first + run.count; ++q) {
    const double low = physical(encoding.transforms[q], std::max(min[q], mean[q] - 4 * std[q]));
    const double high = physical(encoding.transforms[q], std::min(max[q], mean[q] + 4 * std[q]));
    made.low = q == run.first ? low : std::min(made.low, low);
    made.high = q == run.first ? high : std::max(made.high, high);
  }
  const double margin = (made.high - made.low) / 1000;
  made.low -= margin;
  made.high += margin;
  return made;
}

}  // namespace

HistogramSums::HistogramSums(const data::Encoding& encoding, std::vector<data::FeatureRun> targets,
                             std::size_t quantities)
    : targets_(std::move(targets)), quantities_(quantities) {
  for (const auto& run : targets_) histograms_.push_back(empty_of(encoding, run));
}

void HistogramSums::add(std::span<const float> truth, std::span<const float> model) {
  for (std::size_t v = 0; v < targets_.size(); ++v) {
    auto& histogram = histograms_[v];
    const double low = histogram.low, high = histogram.high;
    const double scale = static_cast<double>(bins) / (high - low);
    const auto is_inside = [&](double value) { return low <= value && value <= high; };
    const auto bin = [&](double value) {
      return std::min(bins - 1, static_cast<std::size_t>((value - low) * scale));
    };
    for (std::size_t row = 0; row < truth.size(); row += quantities_)
      for (std::size_t q = 0; q < targets_[v].count; ++q) {
        const auto is = static_cast<double>(truth[row + targets_[v].first + q]);
        const auto said = static_cast<double>(model[row + targets_[v].first + q]);
        if (high > low && is_inside(is) && is_inside(said))
          ++histogram.counts[bin(is) * bins + bin(said)];
        else
          ++histogram.outside;
      }
  }
}

std::vector<PairHistogram> HistogramSums::result(const mpi::Communicator& comm) const {
  auto histograms = histograms_;
  for (auto& one : histograms) {
    comm.sum(std::span(one.counts));
    comm.sum(std::span(&one.outside, 1));
  }
  return histograms;
}

}  // namespace colonnade::train
