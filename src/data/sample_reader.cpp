#include "data/sample_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace colonnade::data {

using mpi::Range;
using Role = SampleAxis::Role;

namespace {

/// Coordinates that samples of a block take along each of its dimensions: the smallest box that
/// holds them.
std::vector<Range> ranges_of(Range samples, const std::vector<std::int64_t>& lengths) {
  std::vector<Range> ranges(lengths.size());
  std::int64_t first = samples.begin, last = samples.end - 1;
  for (std::size_t d = lengths.size(); d > 0; --d) {
    ranges[d - 1] = {first % lengths[d - 1], last % lengths[d - 1] + 1};
    first /= lengths[d - 1];
    last /= lengths[d - 1];
  }
  bool is_one = true;  // up to here the first and the last sample have the same coordinates
  for (std::size_t d = 0; d < lengths.size(); ++d) {
    if (!is_one) ranges[d] = {0, lengths[d]};
    is_one = is_one && ranges[d].size() == 1;
  }
  return ranges;
}

/// The offsets of all places of some dimensions, the last one fastest.
void multiply(std::vector<std::int64_t>& offsets, std::int64_t count, std::int64_t stride) {
  std::vector<std::int64_t> all;
  all.reserve(offsets.size() * static_cast<std::size_t>(count));
  for (const auto offset : offsets)
    for (std::int64_t i = 0; i < count; ++i) all.push_back(offset + i * stride);
  offsets = std::move(all);
}

/// The mean of what is not missing; NaN if all is.
double mean_of(const double* values, const std::vector<std::int64_t>& offsets) {
  double sum = 0.0;
  std::int64_t count = 0;
  for (const auto offset : offsets)
    if (const double value = values[offset]; !std::isnan(value)) {
      sum += value;
      ++count;
    }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

bool is_allowed(const SampleMask& mask, float value) {
  if (std::isnan(value)) return false;
  auto number = static_cast<double>(value);
  if (mask.bits != 0)
    number = static_cast<double>(static_cast<std::int64_t>(std::llround(number)) & mask.bits);
  return std::any_of(mask.values.begin(), mask.values.end(), [&](const auto& interval) {
    return interval.low <= number && number <= interval.high;
  });
}

}  // namespace

SampleReader::Offsets::Offsets(const SampleStream& stream, std::vector<std::int64_t> box_strides)
    : strides(std::move(box_strides)) {
  for (std::size_t i = 0; i < stream.axes.size(); ++i)
    if (stream.axes[i].role == Role::sample && stream.axes[i].extent > 1)
      multiply(values, stream.axes[i].extent, strides[i]);
  for (std::size_t i = 0; i < stream.axes.size(); ++i) {
    if (stream.axes[i].role == Role::feature) multiply(values, stream.axes[i].length, strides[i]);
    if (stream.axes[i].role == Role::mean) multiply(mean, stream.axes[i].length, strides[i]);
  }
}

SampleReader::SampleReader(const RawSet& set)
    : set_(set),
      sampling_(*set.sampling),
      boxes_(set),
      masks_(sample_masks(sampling_.form.mask)),
      row_width_(static_cast<std::size_t>(set.width())) {
  offsets_.resize(sampling_.streams.size());
  std::size_t next = 0;
  for (const auto& stream : sampling_.streams) {
    first_parts_.push_back(next);
    next += static_cast<std::size_t>(stream.slots);
  }
}

void SampleReader::read(Range samples, std::span<float> rows) {
  const std::int64_t inner = sampling_.inner();
  float* to = rows.data();
  for (std::int64_t at = samples.begin; at < samples.end;) {
    const auto& block = sampling_.blocks[sampling_.block_of(at)];
    const std::int64_t first = block.first * inner;
    const std::int64_t end = std::min(samples.end, first + block.length * inner);
    const Run run{&block, {at - first, end - first}};
    std::size_t place = 0;
    for (std::size_t v = 0; v < sampling_.variables.size(); ++v) {
      const auto& terms = sampling_.variables[v];
      const auto width = static_cast<std::size_t>(set_.variables[v].width());
      if (terms.empty())
        for (std::int64_t i = 0; i < run.samples.size(); ++i)
          to[static_cast<std::size_t>(i) * row_width_ + place] = static_cast<float>(block.label);
      else if (terms.size() == 1)
        gather(run, terms.front().stream, Rows<float>{to + place, row_width_});
      else
        gather_sum(run, terms, width, {to + place, row_width_});
      place += width;
    }
    apply_masks(run, to);
    to += static_cast<std::size_t>(run.samples.size()) * row_width_;
    at = end;
  }
}

template <typename To>
void SampleReader::gather(const Run& run, std::size_t stream, Rows<To> rows) {
  const auto& plan = sampling_.streams[stream];
  for (std::int64_t slot = 0; slot < plan.slots; ++slot, rows.first += plan.width())
    gather_slot(run, stream,
                run.block->parts[first_parts_[stream] + static_cast<std::size_t>(slot)], rows);
}

void SampleReader::gather_sum(const Run& run, const std::vector<SampleTerm>& terms,
                              std::size_t width, Rows<float> rows) {
  const auto count = static_cast<std::size_t>(run.samples.size());
  sum_.assign(count * width, 0.0);
  term_.resize(sum_.size());
  for (const auto& term : terms) {
    gather(run, term.stream, Rows<double>{term_.data(), width});
    for (std::size_t i = 0; i < sum_.size(); ++i)
      sum_[i] += static_cast<double>(term.sign) * term_[i];
  }
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < width; ++j)
      rows.first[i * rows.stride + j] = static_cast<float>(sum_[i * width + j]);
}

SampleReader::Slot SampleReader::slot_of(const Run& run, std::size_t stream,
                                         const SamplePart& part) {
  const auto& plan = sampling_.streams[stream];
  Slot slot{.lengths = {run.block->length}, .steps = {}, .values = nullptr, .offsets = nullptr};
  for (std::size_t d = 1; d < sampling_.dims.size(); ++d)
    slot.lengths.push_back(sampling_.dims[d].length);
  const auto ranges = ranges_of(run.samples, slot.lengths);
  std::vector<std::int64_t> begin, count;
  for (const auto& axis : plan.axes) {
    const bool is_sample = axis.role == Role::sample;
    const Range range = is_sample ? ranges[axis.dim] : Range{0, axis.length};
    const std::int64_t from = is_sample && axis.dim == 0 ? part.begin : 0;
    begin.push_back(is_sample ? from + range.begin * axis.step + axis.offset : 0);
    count.push_back(is_sample ? (range.size() - 1) * axis.step + axis.extent : axis.length);
  }
  const auto& box = boxes_.box(stream, part, begin, count);
  const auto strides = box.strides();
  auto& known = offsets_[stream];
  if (!known || known->strides != strides) known.emplace(plan, strides);
  slot.offsets = &*known;
  slot.steps.resize(slot.lengths.size(), 0);
  std::int64_t base = 0;
  for (std::size_t i = 0; i < plan.axes.size(); ++i) {
    const auto& axis = plan.axes[i];
    if (axis.role != Role::sample) continue;
    slot.steps[axis.dim] += axis.step * strides[i];
    base += ((axis.dim == 0 ? part.begin : 0) + axis.offset - box.begin[i]) * strides[i];
  }
  slot.values = box.values.data();
  slot.base = base;
  return slot;
}

template <typename To>
void SampleReader::gather_slot(const Run& run, std::size_t stream, const SamplePart& part,
                               Rows<To> rows) {
  const auto slot = slot_of(run, stream, part);
  const auto& [strides, places, mean] = *slot.offsets;
  const std::int64_t row = slot.lengths.back();  // samples that differ in the last coordinate alone
  for (std::int64_t sample = run.samples.begin; sample < run.samples.end;) {
    const std::int64_t end = std::min(run.samples.end, (sample / row + 1) * row);
    std::int64_t at = slot.base, rest = sample;
    for (std::size_t d = slot.lengths.size(); d > 0; --d) {
      at += rest % slot.lengths[d - 1] * slot.steps[d - 1];
      rest /= slot.lengths[d - 1];
    }
    for (; sample < end; ++sample, at += slot.steps.back(), rows.first += rows.stride)
      for (std::size_t i = 0; i < places.size(); ++i) {
        const double* const place = slot.values + at + places[i];
        rows.first[i] = static_cast<To>(mean.size() == 1 ? *place : mean_of(place, mean));
      }
  }
}

void SampleReader::apply_masks(const Run& run, float* rows) {
  for (std::size_t m = 0; m < masks_.size(); ++m) {
    const auto stream = sampling_.mask_streams[m];
    const auto& plan = sampling_.streams[stream];
    const auto width = static_cast<std::size_t>(plan.width() * plan.slots);
    mask_values_.resize(static_cast<std::size_t>(run.samples.size()) * width);
    gather(run, stream, Rows<float>{mask_values_.data(), width});
    for (std::size_t i = 0; i < static_cast<std::size_t>(run.samples.size()); ++i) {
      const auto mine = std::span(mask_values_).subspan(i * width, width);
      if (std::all_of(mine.begin(), mine.end(),
                      [&](float value) { return is_allowed(masks_[m], value); }))
        continue;
      std::fill_n(rows + i * row_width_, row_width_, std::numeric_limits<float>::quiet_NaN());
    }
  }
}

}  // namespace colonnade::data
