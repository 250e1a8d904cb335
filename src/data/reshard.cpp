#include <colonnade/data/reshard.hpp>

#include <algorithm>
#include <cstring>

namespace colonnade::data {

namespace {
constexpr std::int64_t buffer_bytes = std::int64_t{64} << 20;
constexpr int nobody = -1;
}  // namespace

Reshard::Reshard(const mpi::Communicator& comm, const Ownership& ownership, std::int64_t width)
    : comm_(comm), ownership_(ownership), width_(width) {}

void Reshard::exchange(std::span<const float> rows, std::span<const std::int64_t> positions,
                       std::span<const std::int64_t> sources, std::int64_t pass,
                       const Receive& receive) {
  const std::int64_t row_bytes = width_ * 4;
  const auto slice = static_cast<std::size_t>(
      std::max<std::int64_t>(1, buffer_bytes / (row_bytes * comm_.size())));
  const auto most =
      static_cast<std::size_t>(comm_.max(static_cast<std::int64_t>(positions.size())));
  const auto width = static_cast<std::size_t>(width_);
  for (std::size_t begin = 0; begin < most; begin += slice) {
    const std::size_t from = std::min(begin, positions.size());
    const std::size_t length = std::min(slice, positions.size() - from);
    exchange_slice(rows.subspan(from * width, length * width), positions.subspan(from, length),
                   sources.subspan(from, length), pass, receive);
  }
}

void Reshard::exchange_slice(std::span<const float> rows, std::span<const std::int64_t> positions,
                             std::span<const std::int64_t> sources, std::int64_t pass,
                             const Receive& receive) {
  const auto ranks = static_cast<std::size_t>(comm_.size());
  const auto width = static_cast<std::size_t>(width_);
  std::vector<int> counts(ranks, 0), destinations(positions.size(), nobody);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (!ownership_.is_in_pass(positions[i], pass)) continue;
    const int owner = ownership_.owner(positions[i]);
    if (owner == comm_.rank()) {
      receive(positions[i], sources[i], rows.subspan(i * width, width));
      continue;
    }
    destinations[i] = owner;
    ++counts[static_cast<std::size_t>(owner)];
  }
  std::vector<std::size_t> next(ranks, 0);
  for (std::size_t r = 1; r < ranks; ++r)
    next[r] = next[r - 1] + static_cast<std::size_t>(counts[r - 1]);
  const std::size_t leaving = next.back() + static_cast<std::size_t>(counts.back());
  sent_.resize(leaving * width);
  sent_labels_.resize(2 * leaving);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (destinations[i] == nobody) continue;
    const std::size_t place = next[static_cast<std::size_t>(destinations[i])]++;
    std::memcpy(sent_.data() + place * width, rows.data() + i * width, width * sizeof(float));
    sent_labels_[2 * place] = positions[i];
    sent_labels_[2 * place + 1] = sources[i];
  }
  const auto arriving = mpi::exchange_counts(comm_, counts);
  std::size_t total = 0;
  for (const int count : arriving) total += static_cast<std::size_t>(count);
  received_.resize(total * width);
  received_labels_.resize(2 * total);
  mpi::exchange_rows<std::int64_t>(comm_, sent_labels_, counts, received_labels_, arriving, 2);
  mpi::exchange_rows<float>(comm_, sent_, counts, received_, arriving, width_);
  for (std::size_t i = 0; i < total; ++i)
    receive(received_labels_[2 * i], received_labels_[2 * i + 1],
            std::span(received_).subspan(i * width, width));
}

}  // namespace colonnade::data
