#pragma once

#include <colonnade/data/encoding.hpp>
#include <colonnade/io/hdf5.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace colonnade::data::golden {

/// Compares the statistics of an array with the reference's flat/ARRAY_*: minimum and maximum
/// exactly, mean and standard deviation to 1e-12 of the feature's largest magnitude. Returns the
/// number of values compared.
inline std::size_t compare_statistics(const io::Hdf5File& reference, const std::string& array,
                                      const Statistics& statistics) {
  const auto read = [&](const char* what) {
    return reference.read_all<double>("flat/" + array + "_" + what);
  };
  const auto mean = read("mean"), std = read("std"), low = read("min"), high = read("max");
  EXPECT_EQ(statistics.mean.size(), mean.size());
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const double tolerance = 1e-12 * std::max(std::abs(low[i]), std::abs(high[i]));
    EXPECT_NEAR(statistics.mean[i], mean[i], tolerance) << array << " " << i;
    EXPECT_NEAR(statistics.std[i], std[i], tolerance) << array << " " << i;
    EXPECT_EQ(statistics.min[i], low[i]) << array << " " << i;
    EXPECT_EQ(statistics.max[i], high[i]) << array << " " << i;
  }
  return 4 * mean.size();
}

/// Features whose minimum equals their maximum.
inline std::vector<std::int64_t> unchanging(const Statistics& statistics) {
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < statistics.min.size(); ++i)
    if (statistics.min[i] == statistics.max[i]) found.push_back(static_cast<std::int64_t>(i));
  return found;
}

}  // namespace colonnade::data::golden
