#include <colonnade/train/slices.hpp>
#include <colonnade/train/weights.hpp>

#include <mpi.h>

namespace colonnade::train {

using base::Bfloat16;

Weights::Weights(const mpi::Communicator& comm, Team& team, std::size_t parameters,
                 nn::Precision precision)
    : comm_(comm),
      team_(team),
      values_(parameters),
      rounded_(precision == nn::Precision::bf16 ? parameters : 0) {
  for (int rank = 0; rank < comm.size(); ++rank) {
    const mpi::Range slice = slice_of_rank(parameters, comm.size(), rank);
    offsets_.push_back(mpi::count_of(slice.begin));
    counts_.push_back(mpi::count_of(slice.size()));
  }
}

std::span<Bfloat16> Weights::mine_rounded() {
  return is_rounded() ? slice_of(rounded_.span()) : std::span<Bfloat16>();
}

void Weights::round() {
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
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, counts_.data(), offsets_.data(), type,
                 comm_.handle());
}

void Weights::share(StepTimes& times) {
  Stopwatch watch;
  if (is_rounded())
    gather(rounded_.data(), MPI_UINT16_T);
  else
    gather(values_.data(), MPI_FLOAT);
  is_complete_ = !is_rounded();
  times.communication_s += watch.lap_s();
}

void Weights::complete() {
  if (!is_complete_) gather(values_.data(), MPI_FLOAT);
  is_complete_ = true;
}

}  // namespace colonnade::train
