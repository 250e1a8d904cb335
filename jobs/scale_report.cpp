#include "scale_report.hpp"

#include <colonnade/base/hash.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace colonnade::jobs {

using train::ScalingSample;
using train::StepSplit;

namespace {

const ScaleCase& first_of(const std::vector<ScaleCase>& cases, ScaleMode mode) {
  return *std::find_if(cases.begin(), cases.end(),
                       [&](const ScaleCase& one) { return one.mode == mode; });
}

/// Columns/s of a rank, beside those of a rank in the mode's first case.
double efficiency_of(const ScaleCase& one, const std::vector<ScaleCase>& cases) {
  const ScaleCase& first = first_of(cases, one.mode);
  return rate_of(one.samples).mean / one.ranks / (rate_of(first.samples).mean / first.ranks);
}

}  // namespace

const char* name_of(ScaleMode mode) {
  return mode == ScaleMode::strong ? "strong" : "weak";
}

Rate rate_of(const std::vector<ScalingSample>& samples) {
  Rate rate{.mean = 0.0,
            .least = samples.front().columns_per_second,
            .most = samples.front().columns_per_second};
  for (const auto& sample : samples) {
    rate.mean += sample.columns_per_second / static_cast<double>(samples.size());
    rate.least = std::min(rate.least, sample.columns_per_second);
    rate.most = std::max(rate.most, sample.columns_per_second);
  }
  return rate;
}

StepSplit mean_split(const std::vector<ScalingSample>& samples) {
  const double share = 1.0 / static_cast<double>(samples.size());
  StepSplit mean;
  for (const auto& [rate, split, weights] : samples) {
    mean.input_s += share * split.input_s;
    mean.compute_s += share * split.compute_s;
    mean.idle_s += share * split.idle_s;
    mean.sum_s += share * split.sum_s;
    mean.communication_s += share * split.communication_s;
    mean.optimiser_s += share * split.optimiser_s;
    mean.other_s += share * split.other_s;
  }
  return mean;
}

std::string table_of(const std::vector<ScaleCase>& cases) {
  auto text = fmt::format(
      "{:<6} {:>5} {:>7} {:>11} {:>21} {:>6} {:>9}   milliseconds of a step, a rank's mean:\n"
      "{:<6} {:>5} {:>7} {:>11} {:>21} {:>6} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}  {}\n",
      "", "", "", "", "", "", "", "mode", "ranks", "batch", "columns/s", "range", "eff %",
      "step ms", "input", "compute", "idle", "sum", "message", "optimise", "other", "weights");
  for (const auto& one : cases) {
    const Rate rate = rate_of(one.samples);
    const StepSplit split = mean_split(one.samples);
    text += fmt::format(
        "{:<6} {:>5} {:>7} {:>11.0f} {:>21} {:>6.1f} {:>9.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} "
        "{:>8.3f} {:>8.3f} {:>8.3f}  {}\n",
        name_of(one.mode), one.ranks, one.batch, rate.mean,
        fmt::format("{:.0f}-{:.0f}", rate.least, rate.most), 100 * efficiency_of(one, cases),
        1e3 * split.step_s(), 1e3 * split.input_s, 1e3 * split.compute_s, 1e3 * split.idle_s,
        1e3 * split.sum_s, 1e3 * split.communication_s, 1e3 * split.optimiser_s,
        1e3 * split.other_s, base::hex(one.samples.front().weights));
  }
  return text;
}

std::string csv_of(const std::vector<ScaleCase>& cases, int threads) {
  std::string text =
      "source,mode,ranks,threads,batch,repeats,columns_per_second,columns_per_second_min,"
      "columns_per_second_max,efficiency,step_s,input_s,compute_s,idle_s,sum_s,communication_s,"
      "optimiser_s,other_s,weights\n";
  for (const auto& one : cases) {
    const Rate rate = rate_of(one.samples);
    const StepSplit split = mean_split(one.samples);
    text += fmt::format(
        "measured,{},{},{},{},{},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},"
        "{:.6g},{:.6g},{:.6g},{}\n",
        name_of(one.mode), one.ranks, threads, one.batch, one.samples.size(), rate.mean, rate.least,
        rate.most, efficiency_of(one, cases), split.step_s(), split.input_s, split.compute_s,
        split.idle_s, split.sum_s, split.communication_s, split.optimiser_s, split.other_s,
        base::hex(one.samples.front().weights));
  }
  return text;
}

}  // namespace colonnade::jobs
