#include <colonnade/train/sliced_update.hpp>
#include <colonnade/train/slices.hpp>

#include <mpi.h>

#include <algorithm>
#include <cmath>

namespace colonnade::train {

SlicedUpdate::SlicedUpdate(const mpi::Communicator& comm, Team& team,
                           const nn::OptimiserConfig& config, std::size_t parameters,
                           double clip_norm)
    : comm_(comm), team_(team), clip_norm_(clip_norm) {
  for (int rank = 0; rank < comm.size(); ++rank) {
    const mpi::Range slice = slice_of_rank(parameters, comm.size(), rank);
    offsets_.push_back(mpi::count_of(slice.begin));
    counts_.push_back(mpi::count_of(slice.size()));
    tile_offsets_.push_back(mpi::count_of(mpi::pieces(slice.begin, tile_parameters)));
    tile_counts_.push_back(mpi::count_of(mpi::pieces(slice.size(), tile_parameters)));
  }
  const auto all = static_cast<std::int64_t>(parameters);
  tile_squares_.resize(static_cast<std::size_t>(mpi::pieces(all, tile_parameters)));
  const std::int64_t mine = slice_of_rank(parameters, comm.size(), comm.rank()).size();
  for (int thread = 0; thread < team.size(); ++thread)
    optimisers_.emplace_back(
        config, static_cast<std::size_t>(slice_of_thread(mine, team.size(), thread).size()));
}

bool SlicedUpdate::step(Weights& weights, std::span<const float> slice_gradient,
                        double learning_rate, StepTimes& times) {
  double gradient_scale = 1.0;
  if (clip_norm_ > 0.0) {
    const double norm_now = norm(slice_gradient, times);
    if (!std::isfinite(norm_now)) return false;
    // As torch.nn.utils.clip_grad_norm_ scales.
    gradient_scale = std::min(1.0, clip_norm_ / (norm_now + 1e-6));
  }
  Stopwatch watch;
  const std::span<float> slice = weights.mine();
  const std::span<base::Bfloat16> rounded = weights.mine_rounded();
  team_.run([&](int member) {
    const mpi::Range part =
        slice_of_thread(static_cast<std::int64_t>(slice.size()), team_.size(), member);
    const auto begin = static_cast<std::size_t>(part.begin);
    const auto size = static_cast<std::size_t>(part.size());
    optimisers_[static_cast<std::size_t>(member)].step(
        slice.subspan(begin, size), slice_gradient.subspan(begin, size), learning_rate,
        gradient_scale, rounded.empty() ? rounded : rounded.subspan(begin, size));
  });
  times.optimiser_s += watch.lap_s();
  return true;
}

double SlicedUpdate::norm(std::span<const float> slice_gradient, StepTimes& times) {
  Stopwatch watch;
  const auto rank = static_cast<std::size_t>(comm_.rank());
  const auto size = static_cast<std::int64_t>(slice_gradient.size());
  team_.run([&](int member) {
    const mpi::Range part = slice_of_thread(size, team_.size(), member);
    for (std::int64_t begin = part.begin; begin < part.end; begin += tile_parameters) {
      const auto count = static_cast<std::size_t>(std::min(tile_parameters, part.end - begin));
      tile_squares_[static_cast<std::size_t>(tile_offsets_[rank] + begin / tile_parameters)] =
          nn::sum_of_squares(slice_gradient.subspan(static_cast<std::size_t>(begin), count));
    }
  });
  times.optimiser_s += watch.lap_s();
  if (comm_.size() > 1) {
    const mpi::Waiting waiting;
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, tile_squares_.data(), tile_counts_.data(),
                   tile_offsets_.data(), MPI_DOUBLE, comm_.handle());
  }
  times.communication_s += watch.lap_s();
  double sum = 0.0;
  for (const double squares : tile_squares_) sum += squares;
  return std::sqrt(sum);
}

std::vector<float> SlicedUpdate::gather_moment(int k) const {
  std::vector<float> slice;
  for (const auto& optimiser : optimisers_) {
    const auto part = optimiser.moment(k);
    slice.insert(slice.end(), part.begin(), part.end());
  }
  if (comm_.size() == 1) return slice;
  std::vector<float> all(
      comm_.is_root() ? static_cast<std::size_t>(offsets_.back() + counts_.back()) : 0);
  const mpi::Waiting waiting;
  MPI_Gatherv(slice.data(), counts_[static_cast<std::size_t>(comm_.rank())], MPI_FLOAT, all.data(),
              counts_.data(), offsets_.data(), MPI_FLOAT, 0, comm_.handle());
  return all;
}

void SlicedUpdate::restore_moment(int k, std::span<const float> of_all_on_root) {
  std::vector<float> slice(
      static_cast<std::size_t>(counts_[static_cast<std::size_t>(comm_.rank())]));
  {
    const mpi::Waiting waiting;
    MPI_Scatterv(of_all_on_root.data(), counts_.data(), offsets_.data(), MPI_FLOAT, slice.data(),
                 mpi::count_of(static_cast<std::int64_t>(slice.size())), MPI_FLOAT, 0,
                 comm_.handle());
  }
  auto next = slice.cbegin();
  for (auto& optimiser : optimisers_) {
    const auto part = optimiser.moment(k);
    const auto end = next + static_cast<std::ptrdiff_t>(part.size());
    std::copy(next, end, part.begin());
    next = end;
  }
}

void SlicedUpdate::set_step_count(std::int64_t count) noexcept {
  for (auto& optimiser : optimisers_) optimiser.set_step_count(count);
}

}  // namespace colonnade::train
