#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/step_hashes.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace colonnade::train {

namespace {

void add(std::span<const std::uint64_t> from, std::span<std::uint64_t> into) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += from[i];
}

template <typename Value>
std::span<const Value> sub(std::span<const Value> values, mpi::Range range) {
  return values.subspan(static_cast<std::size_t>(range.begin),
                        static_cast<std::size_t>(range.size()));
}

/// The ranks by what they hold, those with the commonest hashes first; among equals, in rank order.
std::vector<std::vector<int>> camps_of(const std::vector<TensorHashes>& of_ranks) {
  std::map<TensorHashes, std::vector<int>> by_hashes;
  for (std::size_t rank = 0; rank < of_ranks.size(); ++rank)
    by_hashes[of_ranks[rank]].push_back(static_cast<int>(rank));
  std::vector<std::vector<int>> camps;
  camps.reserve(by_hashes.size());
  for (auto& [hashes, ranks] : by_hashes) camps.push_back(std::move(ranks));
  std::sort(camps.begin(), camps.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a.front() < b.front();
  });
  return camps;
}

std::string sentence_of(const std::vector<std::vector<int>>& camps, std::size_t ranks) {
  if (2 * camps.front().size() <= ranks) {
    std::vector<std::string> sides;
    sides.reserve(camps.size());
    for (const auto& camp : camps) sides.push_back(fmt::format("{}", fmt::join(camp, ", ")));
    return fmt::format("ranks {} hold different weights", fmt::join(sides, " and "));
  }
  std::vector<int> wrong;
  for (std::size_t c = 1; c < camps.size(); ++c)
    wrong.insert(wrong.end(), camps[c].begin(), camps[c].end());
  std::sort(wrong.begin(), wrong.end());
  return wrong.size() == 1
             ? fmt::format("rank {} holds other weights than the rest", wrong.front())
             : fmt::format("ranks {} hold other weights than the rest", fmt::join(wrong, ", "));
}

}  // namespace

StepHasher::StepHasher(const mpi::Communicator& comm, Team& team, const nn::MlpShape& shape)
    : comm_(comm), team_(team), tensors_(shape), count_(tensors_.names().size()) {}

StepHashes StepHasher::empty() const {
  return {.gradient = TensorHashes(count_),
          .weights = TensorHashes(count_),
          .optimiser = TensorHashes(count_),
          .replica = TensorHashes(count_)};
}

StepHashes StepHasher::sum_of_threads(const Work& work) {
  std::vector<StepHashes> parts(static_cast<std::size_t>(team_.size()), empty());
  mpi::agree(comm_, "self-check",
             team_.run([&](int member) { work(member, parts[static_cast<std::size_t>(member)]); }));
  StepHashes sum = empty();
  for (const StepHashes& part : parts) {
    sum.columns += part.columns;
    add(part.gradient, sum.gradient);
    add(part.weights, sum.weights);
    add(part.optimiser, sum.optimiser);
    add(part.replica, sum.replica);
  }
  return sum;
}

void StepHasher::add_replica(const Weights& weights, int member, TensorHashes& hashes) const {
  const auto parameters = static_cast<std::int64_t>(weights.all().size());
  const mpi::Range part = slice_of_thread(parameters, team_.size(), member);
  if (weights.is_rounded())
    tensors_.add(part.begin, sub(weights.rounded(), part), 0, hashes);
  else
    tensors_.add(part.begin, sub(weights.all(), part), 0, hashes);
}

StepHashes StepHasher::operator()(std::int64_t step, const Weights& weights,
                                  const SliceValues& gradient, const SlicedUpdate& update,
                                  const std::function<std::uint64_t(int member)>& columns) {
  StepHashes hashes = sum_of_threads([&](int member, StepHashes& part) {
    part.columns = columns(member);
    add_replica(weights, member, part.replica);
    for (const auto& [piece, optimiser] : update.parts(member)) {
      const auto& [bucket, own, offset] = piece;
      if (weights.is_rounded()) tensors_.add(own.begin, sub(weights.all(), own), 0, part.weights);
      tensors_.add(own.begin, sub(gradient[bucket], {offset, offset + own.size()}), 0,
                   part.gradient);
      for (int k = 0; k < update.moment_count(); ++k)
        tensors_.add(own.begin, optimiser.moment(k), k, part.optimiser);
    }
  });
  hashes.step = step;
  expect_same(step, hashes.replica);
  if (weights.is_rounded())
    comm_.sum(std::span(hashes.weights));
  else
    hashes.weights = hashes.replica;
  comm_.sum(std::span(&hashes.columns, 1));
  comm_.sum(std::span(hashes.gradient));
  comm_.sum(std::span(hashes.optimiser));
  return hashes;
}

void StepHasher::expect_same_weights(std::int64_t step, const Weights& weights) {
  if (comm_.size() == 1) return;
  const StepHashes hashes = sum_of_threads(
      [&](int member, StepHashes& part) { add_replica(weights, member, part.replica); });
  expect_same(step, hashes.replica);
}

void StepHasher::expect_same(std::int64_t step, const TensorHashes& mine) const {
  const auto all = comm_.concatenate(std::span<const std::uint64_t>(mine));
  std::vector<TensorHashes> of_ranks;
  for (auto next = all.begin(); next != all.end(); next += static_cast<std::ptrdiff_t>(count_))
    of_ranks.emplace_back(next, next + static_cast<std::ptrdiff_t>(count_));
  const auto camps = camps_of(of_ranks);
  if (camps.size() == 1) return;
  std::vector<std::string> tensors;
  for (std::size_t t = 0; t < count_; ++t)
    if (std::any_of(of_ranks.begin(), of_ranks.end(),
                    [&](const auto& theirs) { return theirs[t] != of_ranks.front()[t]; }))
      tensors.push_back(tensors_.names()[t]);
  throw mpi::AgreedError(
      base::ErrorKind::internal,
      fmt::format("after step {} {}", step, sentence_of(camps, of_ranks.size())),
      {.value = fmt::format("{}", fmt::join(tensors, ", ")),
       .hint = "memory or network damaged them; no checkpoint was written from them: leave that "
               "host out, and go on with --resume auto",
       .phase = "self-check"});
}

std::string hashes_head(const nn::MlpShape& shape) {
  std::string head = "step,epoch,columns,loss,gradient,weights,optimiser";
  const TensorHasher tensors(shape);
  for (const char* const kind : {"gradient", "weights", "optimiser"})
    for (const std::string& name : tensors.names()) head += fmt::format(",{}.{}", kind, name);
  return head;
}

std::string hashes_line(const StepHashes& hashes) {
  std::string line =
      fmt::format("{},{},{},{}", hashes.step, hashes.epoch, base::hex(hashes.columns), hashes.loss);
  const auto kinds = {&hashes.gradient, &hashes.weights, &hashes.optimiser};
  for (const TensorHashes* kind : kinds)
    line += "," + base::hex(std::accumulate(kind->begin(), kind->end(), std::uint64_t{0}));
  for (const TensorHashes* kind : kinds)
    for (const std::uint64_t hash : *kind) line += "," + base::hex(hash);
  return line;
}

}  // namespace colonnade::train
