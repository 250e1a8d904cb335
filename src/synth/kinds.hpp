#pragma once

#include <colonnade/base/random.hpp>
#include <colonnade/synth/kinds.hpp>

#include <cstdint>
#include <vector>

/// What the kinds of made data share; not seen outside the module's sources.
namespace colonnade::synth {

/// What a stream of random numbers is for.
enum class Stream : std::uint8_t {
  fire_surface = 1,
  fire_day,
  fire_scan,
  chip,
  place,
  scene,
  climate,
  climate_step
};

/// Random numbers that depend on (seed, stream, index) alone; index is below 2^48.
inline base::Random random(std::uint64_t seed, Stream stream, std::int64_t index) {
  return {seed, base::Purpose::synth,
          static_cast<std::uint64_t>(stream) << 48 | static_cast<std::uint64_t>(index)};
}

/// Lengths of y and x of an image of `pixels`: the two factors that are closest to each other.
struct Extent {
  std::int64_t y, x;
  explicit Extent(std::int64_t pixels);
  [[nodiscard]] std::int64_t size() const { return y * x; }
};

/// A smooth random field over an image, about standard normal: a few plane waves that drift.
class Waves {
 public:
  Waves(base::Random& random, Extent extent);
  /// The field at a pixel, `hours` after the start.
  [[nodiscard]] double at(double y, double x, double hours = 0.0) const;

 private:
  struct Wave {
    double y, x, hour, phase;  ///< in radians
  };
  std::vector<Wave> waves_;
};

/// Throws a usage error when there are more than 10,000 of `things`: --files of them.
void expect_few(std::int64_t files, const char* things);

std::vector<KindFile> fire_files(const Options& options);
std::vector<KindFile> chip_files(const Options& options);
std::vector<KindFile> landcover_files(const Options& options);
std::vector<KindFile> climsim_files(const Options& options);

}  // namespace colonnade::synth
