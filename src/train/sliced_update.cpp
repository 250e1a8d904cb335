#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/train/sliced_update.hpp>

#include <mpi.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace colonnade::train {

namespace {

template <typename Value>
std::span<Value> sub(std::span<Value> values, std::int64_t begin, std::int64_t size) {
  return values.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(size));
}

std::span<const float> part_of(const SliceValues& values, const SlicePiece& piece) {
  return sub(values[piece.bucket], piece.offset, piece.parameters.size());
}

}  // namespace

SlicedUpdate::SlicedUpdate(const mpi::Communicator& comm, Team& team,
                           const nn::OptimiserConfig& config, const Slices& slices,
                           double clip_norm, std::size_t trained)
    : comm_(comm),
      team_(team),
      clip_norm_(clip_norm),
      slices_(slices),
      trained_(static_cast<std::int64_t>(trained)),
      moment_count_(nn::Optimiser(config, 0).moment_count()),
      parts_(static_cast<std::size_t>(team.size())) {
  const auto tiles_of = [](std::int64_t parameters) {
    return mpi::pieces(parameters, tile_parameters);
  };
  std::int64_t parameters = 0, tiles = 0;
  for (int rank = 0; rank < comm.size(); ++rank) {
    const std::int64_t size = slices.size(rank);
    offsets_.push_back(mpi::count_of(std::exchange(parameters, parameters + size)));
    counts_.push_back(mpi::count_of(size));
    tile_offsets_.push_back(mpi::count_of(std::exchange(tiles, tiles + tiles_of(size))));
    tile_counts_.push_back(mpi::count_of(tiles_of(size)));
  }
  tile_squares_.resize(static_cast<std::size_t>(tiles));
  tile_order_.resize(tile_squares_.size());
  std::size_t place = 0;
  each_range([&](std::int64_t /*begin*/, mpi::Range range) {
    for (std::int64_t at = range.begin; at < range.end; at += tile_parameters)
      tile_order_[static_cast<std::size_t>(at / tile_parameters)] = place++;
  });
  for (int thread = 0; thread < team.size(); ++thread)
    for (const auto& piece : slices.pieces_of_thread(comm.rank(), team.size(), thread))
      parts_[static_cast<std::size_t>(thread)].push_back(
          {piece, nn::Optimiser(config, static_cast<std::size_t>(trained_of(piece)))});
}

template <typename Work>
void SlicedUpdate::each_range(Work work) const {
  std::int64_t begin = 0;
  for (int rank = 0; rank < slices_.ranks(); ++rank)
    for (std::size_t bucket = 0; bucket < slices_.buckets(); ++bucket) {
      const mpi::Range range = slices_.range(rank, bucket);
      work(begin, range);
      begin += range.size();
    }
}

std::int64_t SlicedUpdate::trained_of(const SlicePiece& piece) const {
  return std::clamp(trained_ - piece.parameters.begin, std::int64_t{0}, piece.parameters.size());
}

bool SlicedUpdate::step(Weights& weights, const SliceValues& gradient, double learning_rate,
                        double momentum, StepTimes& times) {
  double gradient_scale = 1.0;
  if (clips()) {
    const double norm_now = norm(times);
    if (!std::isfinite(norm_now)) return false;
    // As torch.nn.utils.clip_grad_norm_ scales.
    gradient_scale = std::min(1.0, clip_norm_ / (norm_now + 1e-6));
  }
  Stopwatch watch;
  team_.run([&](int member) {
    for (auto& [piece, optimiser] : parts_[static_cast<std::size_t>(member)]) {
      const mpi::Range trained{0, trained_of(piece)},
          statistics{trained.end, piece.parameters.size()};
      const auto slopes = part_of(gradient, piece);
      const auto mine = [&piece = piece](auto all, mpi::Range range) {
        return sub(all, piece.parameters.begin + range.begin, range.size());
      };
      const auto rounded = [&](mpi::Range range) {
        return weights.is_rounded() ? mine(weights.rounded(), range) : std::span<base::Bfloat16>();
      };
      optimiser.step(mine(weights.all(), trained), sub(slopes, 0, trained.size()), learning_rate,
                     gradient_scale, rounded(trained));
      nn::follow(mine(weights.all(), statistics), sub(slopes, statistics.begin, statistics.size()),
                 momentum, rounded(statistics));
    }
  });
  times.optimiser_s += watch.lap_s();
  return true;
}

void SlicedUpdate::take_tile(std::int64_t begin, std::span<const float> gradient) {
  const std::int64_t trained =
      std::clamp(trained_ - begin, std::int64_t{0}, static_cast<std::int64_t>(gradient.size()));
  tile_squares_[tile_order_[static_cast<std::size_t>(begin / tile_parameters)]] =
      nn::sum_of_squares(sub(gradient, 0, trained));
}

double SlicedUpdate::norm(StepTimes& times) {
  Stopwatch watch;
  if (comm_.size() > 1) {
    const mpi::Waiting waiting;
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, tile_squares_.data(), tile_counts_.data(),
                   tile_offsets_.data(), MPI_DOUBLE, comm_.handle());
  }
  times.communication_s += watch.lap_s();
  double sum = 0.0;
  for (const std::size_t place : tile_order_) sum += tile_squares_[place];
  return std::sqrt(sum);
}

std::vector<float> SlicedUpdate::gather_moment(int k) const {
  std::vector<float> slice;
  for (const auto& parts : parts_)
    for (const auto& part : parts) {
      const auto moment = part.optimiser.moment(k);
      slice.insert(slice.end(), moment.begin(), moment.end());
      slice.resize(slice.size() + static_cast<std::size_t>(part.piece.parameters.size()) -
                   moment.size());
    }
  if (comm_.size() == 1) return slice;
  std::vector<float> slices(comm_.is_root() ? slices_.parameters() : 0), all(slices.size());
  {
    const mpi::Waiting waiting;
    MPI_Gatherv(slice.data(), counts_[static_cast<std::size_t>(comm_.rank())], MPI_FLOAT,
                slices.data(), counts_.data(), offsets_.data(), MPI_FLOAT, 0, comm_.handle());
  }
  if (comm_.is_root())
    each_range([&](std::int64_t begin, mpi::Range range) {
      std::copy_n(slices.begin() + begin, range.size(), all.begin() + range.begin);
    });
  return all;
}

void SlicedUpdate::restore_moment(int k, std::span<const float> of_all_on_root) {
  std::vector<float> slices(of_all_on_root.size()),
      slice(static_cast<std::size_t>(slices_.size(comm_.rank())));
  if (comm_.is_root())
    each_range([&](std::int64_t begin, mpi::Range range) {
      std::copy_n(of_all_on_root.begin() + range.begin, range.size(), slices.begin() + begin);
    });
  {
    const mpi::Waiting waiting;
    MPI_Scatterv(slices.data(), counts_.data(), offsets_.data(), MPI_FLOAT, slice.data(),
                 mpi::count_of(static_cast<std::int64_t>(slice.size())), MPI_FLOAT, 0,
                 comm_.handle());
  }
  auto next = slice.cbegin();
  for (auto& parts : parts_)
    for (auto& part : parts) {
      const auto moment = part.optimiser.moment(k);
      std::copy_n(next, moment.size(), moment.begin());
      next += part.piece.parameters.size();
    }
}

void SlicedUpdate::set_step_count(std::int64_t count) noexcept {
  for (auto& parts : parts_)
    for (auto& part : parts) part.optimiser.set_step_count(count);
}

}  // namespace colonnade::train
