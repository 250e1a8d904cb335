#include "scale_model.hpp"

#include <colonnade/base/hash.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/nn/mlp.hpp>

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

namespace colonnade::jobs {

using train::MachineCosts;
using train::ModelledStep;
using train::StepWork;
using train::TrainerConfig;

namespace {

constexpr double milli = 1e3, micro = 1e6, mega = 1e6, giga = 1e9;

/// The same for all processes of one running kernel, whatever the names of their hosts.
std::uint64_t hash_of_machine() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  return base::hash_text(std::string(std::istreambuf_iterator<char>(file), {}));
}

using Cores = std::array<std::uint64_t, sizeof(cpu_set_t) / sizeof(std::uint64_t)>;

Cores own_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  Cores cores{};
  std::memcpy(cores.data(), &set, sizeof set);
  return cores;
}

/// **Collective.** Which ranks are on one machine, and the cores that those of the first may use.
void place_ranks(const mpi::Communicator& comm, MachineCosts& costs) {
  const auto hashes = comm.gather_to_all(hash_of_machine());
  const Cores mine = own_cores();
  const auto cores = comm.concatenate(std::span<const std::uint64_t>(mine));
  std::vector<std::uint64_t> machines;
  Cores of_first{};
  for (std::size_t rank = 0; rank < hashes.size(); ++rank) {
    auto machine = std::find(machines.begin(), machines.end(), hashes[rank]);
    if (machine == machines.end()) machine = machines.insert(machine, hashes[rank]);
    costs.machines.push_back(static_cast<int>(machine - machines.begin()));
    if (costs.machines.back() != 0) continue;
    for (std::size_t word = 0; word < of_first.size(); ++word)
      of_first[word] |= cores[rank * of_first.size() + word];
  }
  costs.cores = 0;
  for (const std::uint64_t word : of_first) costs.cores += std::popcount(word);
  costs.cores = std::max(costs.cores, 1);
}

StepWork work_of(const TrainerConfig& config, std::int64_t batch, std::int64_t ranks) {
  const std::int64_t lanes = batch / config.micro_batch;
  return {.parameters = nn::parameter_count(config.shape),
          .lanes = lanes,
          .ranks = static_cast<int>(ranks),
          .threads = config.threads,
          .weight_bytes = static_cast<std::int64_t>(nn::value_bytes(config.precision)),
          .at_once = train::lanes_at_once(config, lanes, static_cast<int>(ranks), 0)};
}

/// Multiplications and additions of a micro-batch: forward, weights' and inputs' gradients of each
/// layer, without the gradient of the columns.
double operations_of(const TrainerConfig& config) {
  double operations = 0.0;
  for (const auto& layer : nn::layers(config.shape))
    operations += (layer.weight_offset == 0 ? 4.0 : 6.0) *
                  static_cast<double>(layer.in * layer.out * config.micro_batch);
  return operations;
}

const ScaleCase* case_of(const std::vector<ScaleCase>& cases, ScaleMode mode, int ranks) {
  const auto found = std::find_if(cases.begin(), cases.end(), [&](const ScaleCase& one) {
    return one.mode == mode && (ranks == 0 || one.ranks == ranks);
  });
  return found == cases.end() ? nullptr : &*found;
}

MachineCosts calibrated(const Machine& machine, const ScaleCase& first,
                        const TrainerConfig& config) {
  return train::calibrated(machine.costs, mean_split(first.samples),
                           work_of(config, first.batch, first.ranks));
}

/// Whether the messages between the nodes follow a latency and a bandwidth; also if there are none.
bool is_regular(const Machine& machine) {
  constexpr double most_misfit = 1.0;
  const auto& link = machine.costs.link;
  return machine.link.timed.empty() ||
         (link.byte_s > 0.0 && train::worst_misfit(link, machine.link.timed) <= most_misfit);
}

double rate_of(const Prediction& prediction) {
  return static_cast<double>(prediction.batch) / prediction.step.split.step_s();
}

/// What takes longest in a step besides computing, in words.
std::string hurt_of(const Prediction& last) {
  const auto& [split, messages_s, bytes_s, gather_latency_s, gather_bytes_s, counts] = last.step;
  const int ranks = last.work.ranks;
  const std::array<std::pair<double, std::string>, 6> parts{{
      {messages_s,
       fmt::format("the {} messages that a rank sends or receives in the gradient sum, to "
                   "and from each other rank",
                   counts.messages)},
      {bytes_s,
       fmt::format(
           "the {:.1f} MB that pass one rank's link in the gradient sum, whose slices, of {} "
           "weights, {} ranks own",
           static_cast<double>(std::max(counts.sent_bytes, counts.received_bytes)) / mega,
           counts.slice, counts.owners)},
      {gather_latency_s,
       fmt::format("the latency of {} rounds in which the ranks share the weights", ranks - 1)},
      {gather_bytes_s, "the bytes of the weights, which every rank receives"},
      {split.idle_s,
       fmt::format("waiting: {} ranks share {} micro-batches", ranks, last.work.lanes)},
      {split.sum_s, "adding gradients"},
  }};
  const auto most = *std::max_element(
      parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return fmt::format(
      "on {} ranks a step would be {:.0f} % computing; most of the rest, {:.0f} % of the step, is "
      "{}\n",
      ranks, 100 * split.compute_s / split.step_s(), 100 * most.first / split.step_s(),
      most.second);
}

}  // namespace

Machine measure_machine(const mpi::Communicator& comm, const TrainerConfig& config) {
  Machine machine;
  place_ranks(comm, machine.costs);
  machine.link = train::measure_link(comm);
  machine.costs.link = machine.link.link;
  mpi::agreed_on_root(comm, "measuring the ordered sum", [&] {
    machine.costs.addition_s = train::measure_addition_s(nn::parameter_count(config.shape));
  });
  return machine;
}

std::vector<Prediction> predictions_of(ScaleMode mode, const std::vector<ScaleCase>& cases,
                                       const Machine& machine, const TrainerConfig& config,
                                       std::int64_t most) {
  std::vector<Prediction> predictions;
  const ScaleCase* const first = case_of(cases, mode, 0);
  if (first == nullptr) return predictions;
  const MachineCosts costs = calibrated(machine, *first, config);
  std::set<std::int64_t> counts;
  for (const auto& one : cases)
    if (one.mode == mode) counts.insert(one.ranks);
  if (!machine.link.timed.empty())
    for (std::int64_t ranks = 1; ranks <= most; ranks *= 2) counts.insert(ranks);
  for (const std::int64_t ranks : counts) {
    // In weak scaling a rank has the micro-batches that it has in the first case.
    const std::int64_t batch =
        mode == ScaleMode::strong ? first->batch : first->batch / first->ranks * ranks;
    const StepWork work = work_of(config, batch, ranks);
    predictions.push_back(
        {.mode = mode, .work = work, .batch = batch, .step = train::modelled_step(costs, work)});
  }
  const Prediction base =
      *std::find_if(predictions.begin(), predictions.end(),
                    [&](const Prediction& one) { return one.work.ranks == first->ranks; });
  for (auto& one : predictions)
    one.efficiency = rate_of(one) / one.work.ranks / (rate_of(base) / base.work.ranks);
  return predictions;
}

std::string text_of(const Machine& machine, const ScaleCase& first, const TrainerConfig& config) {
  constexpr double addition_bytes = 3 * sizeof(float);
  const MachineCosts costs = calibrated(machine, first, config);
  const int ranks = static_cast<int>(costs.machines.size());
  auto text = fmt::format(
      "machine, per thread: {:.1f} GFLOP/s in micro-batches of {} columns; sum {:.2f} GB/s; update "
      "{:.2f} ns a weight\n"
      "{} ranks on {} machines, at most {} on one, the first with {} cores\n",
      operations_of(config) / costs.compute_s / giga, config.micro_batch,
      addition_bytes / costs.addition_s / giga, giga * costs.update_s, ranks,
      *std::max_element(costs.machines.begin(), costs.machines.end()) + 1,
      train::ranks_on_machine(costs, ranks), costs.cores);
  if (machine.link.timed.empty()) return text + "a single rank: no network to measure\n";
  text += "messages:";
  for (const auto& [bytes, seconds] : machine.link.timed)
    text += fmt::format(" {:.0f} B {:.1f} us", bytes, micro * seconds);
  const auto& link = costs.link;
  text += fmt::format(
      "\nbetween rank 0 and rank {}, both ways at once: {:.1f} us + bytes / "
      "{:.0f} MB/s (within {:.0f} %), {:.2f} us a further message\n",
      ranks - 1, micro * link.latency_s, 1.0 / link.byte_s / mega,
      100 * train::worst_misfit(link, machine.link.timed), micro * link.message_s);
  if (!is_regular(machine))
    text +=
        "warning: these messages took too irregular a time for the model below to be trusted: "
        "measure while nothing else uses the nodes and their network\n";
  return text;
}

std::string table_of(const std::vector<Prediction>& predictions,
                     const std::vector<ScaleCase>& cases) {
  auto text = fmt::format(
      "model, {}, calibrated on {} ranks; gradient sum and sharing of the weights in latencies and "
      "bytes; milliseconds\n"
      "{:>5} {:>10} {:>6} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} "
      "{:>7}\n",
      name_of(predictions.front().mode), case_of(cases, predictions.front().mode, 0)->ranks,
      "ranks", "columns/s", "eff %", "step", "input", "compute", "idle", "sum", "sum lat",
      "sum byte", "shr lat", "shr byte", "optimise", "messages", "measured", "error");
  for (const auto& one : predictions) {
    const auto& [split, messages_s, bytes_s, gather_latency_s, gather_bytes_s, counts] = one.step;
    text += fmt::format(
        "{:>5} {:>10.0f} {:>6.1f} {:>9.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} "
        "{:>8.3f} {:>8.3f} {:>8.3f} {:>8}",
        one.work.ranks, rate_of(one), 100 * one.efficiency, milli * split.step_s(),
        milli * split.input_s, milli * split.compute_s, milli * split.idle_s, milli * split.sum_s,
        milli * messages_s, milli * bytes_s, milli * gather_latency_s, milli * gather_bytes_s,
        milli * split.optimiser_s, counts.messages);
    if (const ScaleCase* const measured = case_of(cases, one.mode, one.work.ranks)) {
      const double measured_s = mean_split(measured->samples).step_s();
      text += fmt::format(" {:>9.3f} {:>+6.1f}%", milli * measured_s,
                          100 * (split.step_s() / measured_s - 1));
    }
    text += '\n';
  }
  return text + hurt_of(predictions.back());
}

std::string csv_of(const std::vector<Prediction>& predictions) {
  std::string text;
  for (const auto& one : predictions) {
    const auto& split = one.step.split;
    const double rate = rate_of(one);
    text += fmt::format(
        "model,{},{},{},{},0,{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},"
        "{:.6g},{:.6g},\n",
        name_of(one.mode), one.work.ranks, one.work.threads, one.batch, rate, rate, rate,
        one.efficiency, split.step_s(), split.input_s, split.compute_s, split.idle_s, split.sum_s,
        split.communication_s, split.optimiser_s, split.other_s);
  }
  return text;
}

}  // namespace colonnade::jobs
