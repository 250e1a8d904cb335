#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// When a scene was taken.
struct SceneDate {
  double value = 0.0;        ///< days since 1970-01-01, or the number that stood there
  bool is_calendar = false;  ///< days
  /// Reads YYYYMMDD, YYYY-MM-DD and YYYYDDD (day of the year from 001) as days, else a number;
  /// throws a usage error that names `file` when the text is none of these.
  static SceneDate parse(const std::string& text, const std::string& file);
};

/// A candidate: the smaller its rank, the better.
struct Scene {
  std::string path, place;
  double date = 0.0;
  double rank = 0.0;
};

/// Which scenes are wanted: of each place and period the best.
struct SceneRule {
  /// n periods lie between n + 1 edges; the last edge belongs to the last period.
  std::vector<double> edges;
  double threshold = std::numeric_limits<double>::infinity();  ///< of rank: above it none is wanted
  /// Where a place's period would be empty, the threshold is raised by as many of these steps as
  /// bring one in; 0: it stays empty.
  double relax = 0.0;
  bool complete = false;  ///< leave out places that have an empty period
};

/// `periods` equal bins from the first to the last date; throws a usage error when there are
/// several and the dates are one.
std::vector<double> equal_periods(std::span<const Scene> scenes, std::int64_t periods);

struct SceneChoice {
  struct Chosen {
    std::size_t scene;
    std::int64_t period;   ///< from 0
    std::int64_t relaxed;  ///< steps by which the threshold was raised
  };
  struct Empty {
    std::string place;
    std::int64_t period;
  };
  std::vector<Chosen> chosen;  ///< place by place, numbers before texts, and period by period
  std::vector<Empty> empty;    ///< in the same order, of left-out places too
  std::int64_t places = 0;     ///< that have scenes
};

/// Chooses of each place and period the scene of the lowest rank. Of equal ranks it is the one
/// whose date is nearest to the median of their dates (the mean of the middle two of an even
/// number), then the earlier, then the first path. Scenes without a rank (NaN) and outside all
/// periods are passed over.
SceneChoice choose_scenes(std::span<const Scene> scenes, const SceneRule& rule);

}  // namespace colonnade::data
