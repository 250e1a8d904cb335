#include <colonnade/base/error.hpp>
#include <colonnade/mpi/ordered_fold.hpp>

#include <utility>

namespace colonnade::mpi {

OrderedFold::OrderedFold(const Communicator& comm, std::int64_t items, std::vector<double> initial,
                         Merge merge)
    : comm_(comm),
      items_(items),
      fields_(static_cast<std::int64_t>(initial.size())),
      merge_(std::move(merge)),
      mine_(share(items, comm.size(), comm.rank())) {
  for (std::int64_t item = 0; item < mine_.size(); ++item)
    state_.insert(state_.end(), initial.begin(), initial.end());
}

void OrderedFold::add_round(std::span<const double> record) {
  base::expects(record.empty() || static_cast<std::int64_t>(record.size()) == items_ * fields_,
                "a record holds all items");
  const auto ranks = static_cast<std::size_t>(comm_.size());
  const auto present = comm_.gather_to_all(record.empty() ? 0 : 1);
  std::vector<int> send_counts(ranks), send_offsets(ranks), counts(ranks), offsets(ranks);
  const int mine = count_of(mine_.size() * fields_);
  int total = 0;
  for (std::size_t r = 0; r < ranks; ++r) {
    const Range theirs = share(items_, comm_.size(), static_cast<std::int64_t>(r));
    send_counts[r] = record.empty() ? 0 : count_of(theirs.size() * fields_);
    send_offsets[r] = count_of(theirs.begin * fields_);
    counts[r] = present[r] * mine;
    offsets[r] = total;
    total = count_of(std::int64_t{total} + counts[r]);
  }
  received_.resize(static_cast<std::size_t>(total));
  {
    const Waiting waiting;
    MPI_Alltoallv(record.data(), send_counts.data(), send_offsets.data(), MPI_DOUBLE,
                  received_.data(), counts.data(), offsets.data(), MPI_DOUBLE, comm_.handle());
  }
  const auto fields = static_cast<std::size_t>(fields_);
  for (std::size_t at = 0; at < received_.size(); at += fields) {
    const std::size_t place = mine > 0 ? at % static_cast<std::size_t>(mine) : 0;
    merge_(std::span(state_).subspan(place, fields), std::span(received_).subspan(at, fields));
  }
}

std::vector<double> OrderedFold::result() const {
  return comm_.concatenate(std::span<const double>(state_));
}

}  // namespace colonnade::mpi
