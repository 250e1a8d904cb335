#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace colonnade::report {

/// Colours have names in the page's style sheet, so that they follow its light or dark look.
enum class Ink { run_1, run_2, run_3, run_4, run_5, run_6, reference, reference_2, reference_3 };

/// Of run number `run`, counted from 0.
Ink ink_of_run(std::size_t run);

enum class Look { line, dashes, steps, marks };

/// Points joined in order; where a number is not finite the line is interrupted.
struct Series {
  std::string title;  ///< in the key; none if empty
  Ink ink = Ink::run_1;
  Look look = Look::line;
  std::vector<double> x, y;
};

struct Axis {
  std::string label;  ///< with its units
  bool is_log = false;
  bool is_reversed = false;
  std::optional<double> low{}, high{};  ///< bounds; else as the points want
  std::optional<double> step{};         ///< from one number to the next; else as they fit
};

/// Counts over a grid of equal cells, drawn by the logarithm of the count; empty cells stay blank.
struct CountGrid {
  double x_low = 0.0, x_high = 1.0, y_low = 0.0, y_high = 1.0;
  std::size_t x_cells = 0;
  std::vector<double> counts;  ///< (cells along y, cells along x)
};

/// A picture of lines, or of a grid with lines over it.
struct Plot {
  std::string title;
  Axis x, y;
  std::vector<Series> series;
  std::optional<CountGrid> grid{};
  bool has_key = true;
};

/// Each plot as an element for an HTML page: an <svg> drawn by gnuplot, which must be installed, or
/// a <p> that says why there is nothing to draw, such as no finite point. Throws a usage error when
/// it is not there, a storage error when it fails.
std::vector<std::string> draw(std::span<const Plot> plots);

/// Text with what HTML would take for markup made harmless.
std::string escaped(const std::string& text);

}  // namespace colonnade::report
