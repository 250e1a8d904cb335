#include "data/sample_boxes.hpp"

#include "data/stored_values.hpp"

#include <colonnade/mpi/activity.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace colonnade::data {

namespace {

constexpr std::size_t most_open_files = 32;
/// Values that all boxes in memory have together, at most, beside the last one.
constexpr std::size_t most_values = std::size_t{1} << 24;
/// A box is made larger up to this many values.
constexpr std::int64_t most_widened = std::int64_t{1} << 23;

std::int64_t product(const std::vector<std::int64_t>& lengths) {
  std::int64_t values = 1;
  for (const auto length : lengths) values *= length;
  return values;
}

/// To whole chunks, dimension after dimension from the last one, while they are not too large.
void widen(const SampleStream& stream, const SamplePart& part, ValueBox& box) {
  if (stream.chunk.size() != box.count.size()) return;
  for (std::size_t d = box.count.size(); d > 0; --d) {
    const auto& axis = stream.axes[d - 1];
    const bool is_first = axis.role == SampleAxis::Role::sample && axis.dim == 0;
    const std::int64_t length = is_first ? part.length : axis.length;
    const std::int64_t chunk = stream.chunk[d - 1];
    const std::int64_t begin = box.begin[d - 1] / chunk * chunk;
    const std::int64_t end =
        std::min(length, (box.begin[d - 1] + box.count[d - 1] + chunk - 1) / chunk * chunk);
    if (product(box.count) / box.count[d - 1] * (end - begin) > most_widened) return;
    box.begin[d - 1] = begin;
    box.count[d - 1] = end - begin;
  }
}

}  // namespace

bool ValueBox::holds(const std::vector<std::int64_t>& from,
                     const std::vector<std::int64_t>& length) const {
  for (std::size_t d = 0; d < begin.size(); ++d)
    if (from[d] < begin[d] || from[d] + length[d] > begin[d] + count[d]) return false;
  return true;
}

std::vector<std::int64_t> ValueBox::strides() const {
  std::vector<std::int64_t> found(count.size(), 1);
  for (std::size_t d = count.size(); d > 1; --d) found[d - 2] = found[d - 1] * count[d - 1];
  return found;
}

io::BoxSource& SampleBoxes::source(std::int64_t file) {
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const auto& one) { return one.first == file; });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
    return *open_.front().second;
  }
  if (open_.size() == most_open_files) open_.pop_back();
  open_.emplace_front(file, io::BoxSource::open(set_.files[static_cast<std::size_t>(file)].path));
  return *open_.front().second;
}

const ValueBox& SampleBoxes::box(std::size_t stream, const SamplePart& part,
                                 const std::vector<std::int64_t>& begin,
                                 const std::vector<std::int64_t>& count) {
  const auto found = std::find_if(boxes_.begin(), boxes_.end(), [&](const Entry& entry) {
    return entry.stream == stream && entry.file == part.file && entry.box.holds(begin, count);
  });
  if (found != boxes_.end()) {
    boxes_.splice(boxes_.begin(), boxes_, found);
    return boxes_.front().box;
  }
  std::size_t values = 0;
  for (auto entry = boxes_.begin(); entry != boxes_.end();) {
    values += entry->box.values.size();
    entry = values > most_values ? boxes_.erase(entry) : std::next(entry);
  }
  mpi::tick();
  const auto& sampling = *set_.sampling;
  const auto& plan = sampling.streams[stream];
  Entry entry{stream, part.file, {begin, count, {}}};
  widen(plan, part, entry.box);
  auto& stored = entry.box.values;
  stored.resize(static_cast<std::size_t>(product(entry.box.count)));
  source(part.file).read_box(plan.variable, entry.box.begin, entry.box.count, stored);
  StoredValues(sampling.forms[static_cast<std::size_t>(part.form)]).decode(stored);
  boxes_.push_front(std::move(entry));
  return boxes_.front().box;
}

}  // namespace colonnade::data
