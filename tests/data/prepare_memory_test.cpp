// The promise of prepare: peak memory within 1.25 x the rank's slab + 256 MiB; far less when the
// slab does not fit in --memory.
#include "data/reference_options.hpp"
#include "temporary_folder.hpp"

#include <colonnade/synth/files.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace colonnade::data {
namespace {

constexpr std::int64_t columns = 24000;
constexpr std::int64_t mib = std::int64_t{1} << 20;

/// A line of /proc/self/status, such as VmRSS, in bytes.
std::int64_t status_bytes(const std::string& name) {
  std::ifstream lines("/proc/self/status");
  for (std::string word; lines >> word;)
    if (std::int64_t kib = 0; word == name + ":" && lines >> kib) return kib << 10;
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

class PrepareMemory : public testing::Test {
 protected:
  PrepareMemory() {
    const synth::Options made{columns, 2, folder_ / "raw", 1, false, {}};
    synth::make_files(comm_, made, no_progress);
    options_ = reference_options(synth::file_paths(made), folder_ / "out.h5");
  }
  /// The largest growth of resident memory over all ranks while preparing.
  [[nodiscard]] std::int64_t peak_bytes() const {
    std::ofstream("/proc/self/clear_refs") << "5";  // starts the peak anew
    const std::int64_t start = status_bytes("VmRSS");
    prepare(comm_, options_, no_progress);
    return comm_.max(status_bytes("VmHWM") - start);
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  PrepareOptions options_;
};

TEST_F(PrepareMemory, StaysWithinThePromise) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "NOT SHOWN: the sanitizer keeps memory that is given back";
#endif
  const std::int64_t slab = plan_prepare(comm_, options_).share_bytes;
  ASSERT_GT(slab, 200 * mib);
  const std::int64_t in_memory = peak_bytes();
  EXPECT_GE(in_memory, slab) << "the slab itself is seen";
  EXPECT_LE(in_memory, slab + slab / 4 + 256 * mib);
  options_.memory_bytes = static_cast<std::uint64_t>(slab / 2 + mib * 4);
  ASSERT_EQ(plan_prepare(comm_, options_).passes, 2);
  const std::int64_t in_parts = peak_bytes();
  EXPECT_LE(in_parts, in_memory - slab / 3);
  options_.memory_bytes = 1;
  const std::int64_t on_disc = peak_bytes();
  EXPECT_LE(on_disc, slab * 3 / 4);
  if (comm_.is_root())
    std::printf("slab %ld MiB: peak %ld MiB at once, %ld MiB in two parts, %ld MiB on disc\n",
                slab / mib, in_memory / mib, in_parts / mib, on_disc / mib);
}

}  // namespace
}  // namespace colonnade::data
