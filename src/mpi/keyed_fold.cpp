#include <colonnade/base/error.hpp>
#include <colonnade/mpi/keyed_fold.hpp>
#include <colonnade/mpi/partition.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace colonnade::mpi {

KeyedFold::KeyedFold(const Communicator& comm, std::int64_t keys, std::size_t width, Merge merge)
    : comm_(comm),
      keys_(keys),
      width_(width),
      merge_(std::move(merge)),
      states_(static_cast<std::size_t>(
                  pieces(std::max<std::int64_t>(0, keys - comm.rank()), comm.size())) *
              width) {}

std::size_t KeyedFold::place(std::int64_t key) const {
  return static_cast<std::size_t>(key / comm_.size()) * width_;
}

void KeyedFold::add_round(std::span<const std::int64_t> keys, std::span<const double> rows) {
  base::expects(rows.size() == keys.size() * width_, "each key has its row");
  const auto ranks = static_cast<std::size_t>(comm_.size());
  std::vector<std::vector<std::size_t>> of_rank(ranks);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    base::expects(0 <= keys[i] && keys[i] < keys_, "a key is one of those");
    of_rank[static_cast<std::size_t>(keys[i]) % ranks].push_back(i);
  }
  std::vector<int> send_counts;
  std::vector<std::int64_t> sent_keys;
  std::vector<double> sent_rows;
  for (const auto& chosen : of_rank) {
    send_counts.push_back(count_of(static_cast<std::int64_t>(chosen.size())));
    for (const auto i : chosen) {
      const auto row = rows.subspan(i * width_, width_);
      sent_keys.push_back(keys[i]);
      sent_rows.insert(sent_rows.end(), row.begin(), row.end());
    }
  }
  const auto counts = exchange_counts(comm_, send_counts);
  const auto total = std::accumulate(
      counts.begin(), counts.end(), std::size_t{0},
      [](std::size_t sum, int count) { return sum + static_cast<std::size_t>(count); });
  std::vector<std::int64_t> received_keys(total);
  std::vector<double> received_rows(total * width_);
  exchange_rows<std::int64_t>(comm_, sent_keys, send_counts, received_keys, counts, 1);
  exchange_rows<double>(comm_, sent_rows, send_counts, received_rows, counts,
                        static_cast<std::int64_t>(width_));
  for (std::size_t i = 0; i < total; ++i)
    merge_(std::span(states_).subspan(place(received_keys[i]), width_),
           std::span<const double>(received_rows).subspan(i * width_, width_));
}

std::span<const double> KeyedFold::state(std::int64_t key) const {
  base::expects(key % comm_.size() == comm_.rank(), "a rank has the states of its own keys");
  return std::span(states_).subspan(place(key), width_);
}

std::vector<double> KeyedFold::result() const {
  const auto gathered = comm_.concatenate(std::span<const double>(states_));
  std::vector<double> states(gathered.size());
  auto from = gathered.begin();
  for (std::int64_t rank = 0; rank < comm_.size(); ++rank)
    for (std::int64_t key = rank; key < keys_; key += comm_.size()) {
      const auto next = from + static_cast<std::ptrdiff_t>(width_);
      std::copy(from, next, states.begin() + key * static_cast<std::ptrdiff_t>(width_));
      from = next;
    }
  return states;
}

}  // namespace colonnade::mpi
