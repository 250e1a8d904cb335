#include "synth/kinds.hpp"

#include "synth/folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>

namespace colonnade::synth {

namespace fs = std::filesystem;

Extent::Extent(std::int64_t pixels) : y(static_cast<std::int64_t>(std::sqrt(pixels))), x(0) {
  while (y > 1 && pixels % y != 0) --y;
  y = std::max<std::int64_t>(y, 1);
  x = pixels / y;
}

Waves::Waves(base::Random& random, Extent extent) {
  constexpr int count = 6;
  constexpr double most_waves = 2.5, radians_an_hour = 0.8;
  for (int i = 0; i < count; ++i) {
    const double turn = 2.0 * std::numbers::pi;
    const double direction = random.uniform(0.0, turn);
    const double number = turn * random.uniform(0.7, most_waves);
    waves_.push_back({number * std::sin(direction) / static_cast<double>(extent.y),
                      number * std::cos(direction) / static_cast<double>(extent.x),
                      random.uniform(-radians_an_hour, radians_an_hour),
                      random.uniform(0.0, turn)});
  }
}

double Waves::at(double y, double x, double hours) const {
  double sum = 0.0;
  for (const auto& wave : waves_)
    sum += std::cos(wave.y * y + wave.x * x + wave.hour * hours + wave.phase);
  return sum * std::sqrt(2.0 / static_cast<double>(waves_.size()));
}

void expect_few(std::int64_t files, const char* things) {
  constexpr std::int64_t most = 10000;
  if (files > most)
    throw base::Error(
        base::ErrorKind::usage, fmt::format("too many {}", things),
        {.value = fmt::format("--files {}", files), .hint = fmt::format("at most {}", most)});
}

const std::vector<Kind>& all_kinds() {
  static const std::vector<Kind> kinds{
      {"fire",
       "synthetic scans in the layout of GOES fire products, pixels of two bands beside them", 768,
       288, fire_files},
      {"chips", "synthetic chips of an image with lists of labels", 4000, 4, chip_files},
      {"landcover", "synthetic scenes of a year under clouds, and maps of classes", 256, 24,
       landcover_files},
      {"climsim", "synthetic time steps in ClimSim's low-resolution layout", 384, 72,
       climsim_files},
  };
  return kinds;
}

namespace {

/// The files of a kind, each of which is made in memory.
std::vector<KindFile> files_of(const Kind& kind, const Options& options) {
  constexpr std::int64_t most_columns = 1'000'000;
  if (options.columns > most_columns)
    throw base::Error(base::ErrorKind::usage, fmt::format("too many columns of {}", kind.name),
                      {.value = fmt::format("--columns {}", options.columns),
                       .hint = fmt::format("at most {}", most_columns)});
  return kind.plan(options);
}

}  // namespace

std::vector<std::string> kind_paths(const Kind& kind, const Options& options) {
  std::vector<std::string> paths;
  for (const auto& file : files_of(kind, options))
    paths.push_back((fs::path(options.folder) / file.name).string());
  return paths;
}

namespace {

void write_file(const Kind& kind, const Options& options, const KindFile& file) {
  const auto path = (fs::path(options.folder) / file.name).string();
  base::fault_site(base::FaultSite::synth, path);
  io::NetcdfWriter writer(path);
  writer.attribute("", "title", kind.title);
  writer.attribute("", "Conventions", "CF-1.8");
  writer.attribute("", "seed", std::vector{static_cast<double>(options.seed)});
  for (const auto& [name, text] : options.provenance) writer.attribute("", name, text);
  file.write(writer);
  writer.close();
}

}  // namespace

void make_kind_files(const mpi::Communicator& comm, const Kind& kind, const Options& options,
                     const base::ProgressSink& progress) {
  const auto files = mpi::agreed(comm, "plan", [&] { return files_of(kind, options); });
  mpi::agreed_on_root(comm, "output", [&] { make_folder(options, kind_paths(kind, options)); });
  mpi::agreed(comm, "synth", [&] {
    const auto step = static_cast<std::size_t>(comm.size());
    for (auto i = static_cast<std::size_t>(comm.rank()); i < files.size(); i += step) {
      write_file(kind, options, files[i]);
      progress("synth", static_cast<std::int64_t>(std::min(i + step, files.size())),
               static_cast<std::int64_t>(files.size()));
    }
  });
}

}  // namespace colonnade::synth
