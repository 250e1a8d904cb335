#pragma once

#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/netcdf_writer.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace colonnade::data::source_samples {

using io::NetcdfWriter;
using Names = std::vector<std::string>;

constexpr std::int64_t rows = 4, places = 5, bands = 3;

inline float pixel(std::int64_t time, std::int64_t y, std::int64_t x) {
  return static_cast<float>(1000 * time + 10 * y + x);
}

/// Files of a described source, whose values tell where they stand.
class SourceTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::function<void(NetcdfWriter&)>& fill) const {
    mpi::agreed_on_root(comm_, "write", [&] {
      NetcdfWriter file(folder_ / name);
      fill(file);
      file.close();
    });
    return folder_ / name;
  }

  /// A step: v (y, x), its transpose w, z (band, y, x) = v + 100 band, latitude (y).
  [[nodiscard]] std::string step(const std::string& name, std::int64_t time) const {
    return write(name, [&](NetcdfWriter& file) {
      file.dimension("y", rows);
      file.dimension("x", places);
      file.dimension("band", bands);
      file.variable<float>("v", {"y", "x"}, {}, NetcdfWriter::Storage::deflated);
      file.variable<double>("w", {"x", "y"});
      file.variable<float>("z", {"band", "y", "x"});
      file.variable<float>("latitude", {"y"});
      std::vector<float> v, z, latitude;
      std::vector<double> w;
      for (std::int64_t y = 0; y < rows; ++y) {
        latitude.push_back(static_cast<float>(-y));
        for (std::int64_t x = 0; x < places; ++x) v.push_back(pixel(time, y, x));
      }
      for (std::int64_t x = 0; x < places; ++x)
        for (std::int64_t y = 0; y < rows; ++y) w.push_back(pixel(time, y, x) + 0.5);
      for (std::int64_t band = 0; band < bands; ++band)
        for (const float value : v) z.push_back(value + 100.0F * static_cast<float>(band));
      file.write<float>("v", v);
      file.write<double>("w", w);
      file.write<float>("z", z);
      file.write<float>("latitude", latitude);
    });
  }

  [[nodiscard]] Names steps(std::int64_t count,
                            const std::string& pattern = "step_{:02}.nc") const {
    Names files;
    for (std::int64_t t = 0; t < count; ++t)
      files.push_back(step(fmt::format(fmt::runtime(pattern), t), t));
    return files;
  }

  /// All samples, of which each rank reads awkward ranges; every rank returns them all.
  [[nodiscard]] std::vector<float> read(const RawSet& set, MissingPolicy policy = {}) const {
    RawReader reader(comm_, set, policy);
    const auto mine = mpi::share(set.columns(), comm_.size(), comm_.rank());
    std::vector<float> all(static_cast<std::size_t>(mine.size() * set.width()));
    constexpr std::int64_t pieces = 3;
    for (std::int64_t p = 0; p < pieces; ++p) {
      const auto part = mpi::shifted(mpi::share(mine.size(), pieces, p), mine.begin);
      reader.read(part, std::span(all).subspan(
                            static_cast<std::size_t>((part.begin - mine.begin) * set.width()),
                            static_cast<std::size_t>(part.size() * set.width())));
    }
    return comm_.concatenate(std::span<const float>(all));
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
};

inline SourceForm form_of(const Names& dims) {
  SourceForm form;
  form.sample_dims = dims;
  return form;
}

}  // namespace colonnade::data::source_samples
