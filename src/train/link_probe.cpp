#include <colonnade/train/link_probe.hpp>

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace colonnade::train {

namespace {

constexpr std::int64_t smallest_bytes = 8, largest_bytes = std::int64_t{2} << 20, growth = 8;
constexpr int many = 256;
/// A size is timed for so long, but not too rarely.
constexpr double time_s = 0.1;
constexpr int least_times = 5, most_times = 101;

/// The median: what other work on the machine disturbed does not count.
double middle_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Messages between this rank and another, which does the same.
class Exchange {
 public:
  Exchange(const mpi::Communicator& comm, int peer)
      : comm_(comm), peer_(peer), sent_(largest_bytes), received_(largest_bytes) {}

  /// Seconds of `count` messages of `bytes` each way, all under way together.
  double run(std::int64_t bytes, int count) {
    const mpi::Waiting waiting;
    Stopwatch watch;
    requests_.clear();
    for (int i = 0; i < count; ++i)
      MPI_Irecv(received_.data() + i * bytes, mpi::count_of(bytes), MPI_BYTE, peer_, 0,
                comm_.handle(), &requests_.emplace_back());
    for (int i = 0; i < count; ++i)
      MPI_Isend(sent_.data() + i * bytes, mpi::count_of(bytes), MPI_BYTE, peer_, 0, comm_.handle(),
                &requests_.emplace_back());
    MPI_Waitall(mpi::count_of(static_cast<std::int64_t>(requests_.size())), requests_.data(),
                MPI_STATUSES_IGNORE);
    return watch.lap_s();
  }

  /// The middle of many runs, as many as rank 0 finds right.
  double median_s(std::int64_t bytes, int count) {
    run(bytes, count);
    int times = std::clamp(static_cast<int>(time_s / run(bytes, count)), least_times, most_times);
    {
      const mpi::Waiting waiting;
      if (comm_.is_root())
        MPI_Send(&times, 1, MPI_INT, peer_, 1, comm_.handle());
      else
        MPI_Recv(&times, 1, MPI_INT, peer_, 1, comm_.handle(), MPI_STATUS_IGNORE);
    }
    std::vector<double> seconds(static_cast<std::size_t>(times));
    for (double& each : seconds) each = run(bytes, count);
    return middle_of(std::move(seconds));
  }

 private:
  mpi::Communicator comm_;
  int peer_;
  std::vector<char> sent_, received_;
  std::vector<MPI_Request> requests_;
};

}  // namespace

MeasuredLink measure_link(const mpi::Communicator& comm) {
  const mpi::InPhase here("measuring the network");
  MeasuredLink measured;
  const int last = comm.size() - 1;
  if (last == 0) return measured;
  if (comm.is_root() || comm.rank() == last) {
    Exchange exchange(comm, last - comm.rank());
    for (std::int64_t bytes = smallest_bytes; bytes <= largest_bytes; bytes *= growth)
      measured.timed.push_back({static_cast<double>(bytes), exchange.median_s(bytes, 1)});
    measured.link = fit_link(measured.timed);
    const double burst_s = exchange.median_s(smallest_bytes, many);
    measured.link.message_s =
        std::max(0.0, (burst_s - measured.timed.front().seconds) / (many - 1));
  }
  comm.barrier_asleep();
  return measured;
}

double measure_addition_s(std::size_t parameters) {
  constexpr int lanes = 4, rounds = 31;
  const mpi::Communicator alone(MPI_COMM_SELF);
  Team team(1);
  GradientSum sum(alone, team, lanes, Slices(parameters, 1, 1));
  const auto nothing = [](int, mpi::Range, std::span<double>, std::span<float>, const nn::Ready&) {
  };
  std::vector<double> seconds(rounds);
  for (double& each : seconds) {
    StepTimes times;
    sum.run(nothing, times);
    each = times.sum_s;
  }
  return middle_of(std::move(seconds)) / ((lanes - 1) * static_cast<double>(parameters));
}

}  // namespace colonnade::train
