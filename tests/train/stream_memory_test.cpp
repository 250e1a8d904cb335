// The promise of train --memory: columns that do not fit take a few batches' memory, whatever their
// number.
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/trainer.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::int64_t mib = std::int64_t{1} << 20;
constexpr std::int64_t inputs = 600, outputs = 40;

/// A line of /proc/self/status, such as VmRSS, in bytes.
std::int64_t status_bytes(const std::string& name) {
  std::ifstream lines("/proc/self/status");
  for (std::string word; lines >> word;)
    if (std::int64_t kib = 0; word == name + ":" && lines >> kib) return kib << 10;
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

void make_rows(const std::string& array, mpi::Range columns, std::span<float> rows) {
  const std::int64_t width = array == "x" ? inputs : outputs;
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<float>((columns.begin * width + static_cast<std::int64_t>(i)) % 17) / 17;
}

/// The largest growth of resident memory over all ranks in one epoch.
std::int64_t peak_bytes(const mpi::Communicator& comm, std::int64_t columns, bool is_streamed) {
  const ColumnSource source{.inputs = inputs,
                            .outputs = outputs,
                            .train = {0, columns},
                            .validation = {columns, columns + columns / 8},
                            .read = make_rows,
                            .reader = [](mpi::Range) -> ReadRows { return make_rows; }};
  TrainerConfig config;
  config.shape = {.widths = {inputs, 16, outputs}};
  config.batch = 512;
  config.micro_batch = 128;
  config.epochs = 1;
  if (is_streamed) config.memory_bytes = 16 * mib;
  std::ofstream("/proc/self/clear_refs") << "5";  // starts the peak anew
  const std::int64_t start = status_bytes("VmRSS");
  Trainer trainer(comm, config, source, {});
  EXPECT_EQ(trainer.memory().streams_training, is_streamed);
  EXPECT_EQ(trainer.memory().streams_validation, is_streamed);
  trainer.run({});
  return comm.max(status_bytes("VmHWM") - start);
}

TEST(StreamMemory, DoesNotGrowWithTheColumns) {
  const mpi::Communicator comm;
  constexpr std::int64_t few = 60000, many = 3 * few;
  const std::int64_t share = few / 2 * (inputs + outputs) * 4;
  const std::int64_t streamed = peak_bytes(comm, few, true);
  const std::int64_t of_many = peak_bytes(comm, many, true);
  const std::int64_t held = peak_bytes(comm, few, false);
  EXPECT_GE(held, share) << "the columns themselves are seen";
  EXPECT_LE(streamed, share / 3);
  EXPECT_LE(of_many, share / 3);
  if (comm.is_root())
    std::printf(
        "a rank's share %ld MiB: peak %ld MiB in memory, %ld MiB streamed, %ld MiB with"
        " three times the columns\n",
        share / mib, held / mib, streamed / mib, of_many / mib);
}

}  // namespace
