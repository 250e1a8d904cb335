#include <colonnade/train/weights.hpp>

#include <mpi.h>

namespace colonnade::train {

using base::Bfloat16;

Weights::Weights(const mpi::Communicator& comm, Team& team, const Slices& slices,
                 nn::Precision precision)
    : comm_(comm),
      team_(team),
      values_(slices.parameters()),
      rounded_(precision == nn::Precision::bf16 ? slices.parameters() : 0) {
  for (std::size_t bucket = 0; bucket < slices.buckets(); ++bucket) {
    Cuts& cuts = cuts_.emplace_back();
    for (int rank = 0; rank < comm.size(); ++rank) {
      const mpi::Range range = slices.range(rank, bucket);
      cuts.offsets.push_back(mpi::count_of(range.begin));
      cuts.counts.push_back(mpi::count_of(range.size()));
    }
  }
}

void Weights::round() {
  ++version_;
  if (!is_rounded()) return;
  team_.run([&](int member) {
    const auto part =
        slice_of_thread(static_cast<std::int64_t>(values_.size()), team_.size(), member);
    const auto begin = static_cast<std::size_t>(part.begin);
    const auto size = static_cast<std::size_t>(part.size());
    base::round_to_bfloat16(values_.span().subspan(begin, size),
                            rounded_.span().subspan(begin, size));
  });
}

void Weights::gather(void* values, MPI_Datatype type) const {
  if (comm_.size() == 1) return;
  const mpi::Waiting waiting;
  const auto into = [&](const Cuts& cuts, auto call, auto... last) {
    call(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, cuts.counts.data(), cuts.offsets.data(), type,
         comm_.handle(), last...);
  };
  if (cuts_.size() == 1) {
    into(cuts_.front(), MPI_Allgatherv);
    return;
  }
  std::vector<MPI_Request> requests(cuts_.size());
  for (std::size_t bucket = 0; bucket < cuts_.size(); ++bucket)
    into(cuts_[bucket], MPI_Iallgatherv, &requests[bucket]);
  MPI_Waitall(mpi::count_of(static_cast<std::int64_t>(requests.size())), requests.data(),
              MPI_STATUSES_IGNORE);
}

void Weights::share(StepTimes& times) {
  Stopwatch watch;
  if (is_rounded())
    gather(rounded_.data(), MPI_UINT16_T);
  else
    gather(values_.data(), MPI_FLOAT);
  is_complete_ = !is_rounded();
  ++version_;
  times.communication_s += watch.lap_s();
}

void Weights::complete() {
  if (!is_complete_) gather(values_.data(), MPI_FLOAT);
  is_complete_ = true;
}

}  // namespace colonnade::train
