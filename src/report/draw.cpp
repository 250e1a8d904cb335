#include "report/gnuplot.hpp"

#include <colonnade/report/plot.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <regex>

namespace colonnade::report {

namespace {

/// Stand-ins for the page's colours: gnuplot knows no style sheets.
constexpr int text_ink = 1, grid_ink = 2, first_ink = 11;

std::string ink(int number) {
  return fmt::format("rgb '#{0:02x}{0:02x}{0:02x}'", number);
}

std::string ink(Ink colour) {
  return ink(first_ink + static_cast<int>(colour));
}

/// A string of gnuplot's in single quotes, where only the quote itself has a meaning.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c == '\n' ? ' ' : c;
  }
  return result + "'";
}

void add_axis(std::string& script, char name, const Axis& axis) {
  auto out = std::back_inserter(script);
  fmt::format_to(out, "set {}label {} textcolor {}\n", name, quoted(axis.label), ink(text_ink));
  fmt::format_to(out, "set autoscale {}\n{} logscale {}\n", name, axis.is_log ? "set" : "unset",
                 name);
  const auto bound = [](std::optional<double> value) {
    return value ? fmt::format("{:.9g}", *value) : std::string("*");
  };
  fmt::format_to(out, "set {}tics {}\n", name,
                 axis.step ? fmt::format("{:.9g}", *axis.step) : "auto");
  fmt::format_to(out, "set {}range [{}:{}] {}\n", name, bound(axis.low), bound(axis.high),
                 axis.is_reversed ? "reverse" : "noreverse");
}

/// Whether a range can be told apart in the digits that gnuplot is given.
bool has_width(double low, double high) {
  return std::isfinite(high - low) &&
         high - low > 1e-9 * std::max(std::abs(low), std::abs(high)) + 1e-300;
}

bool is_defined_on(const Axis& axis, double value) {
  constexpr double most = 1e300;  // to gnuplot the last finite numbers are none
  return std::abs(value) < most && (!axis.is_log || value > 0.0);
}

bool is_within(const Axis& axis, double value) {
  return value >= axis.low.value_or(value) && value <= axis.high.value_or(value);
}

/// What to say in place of a picture on which gnuplot would give up, and all others with it;
/// nothing if it can be drawn.
std::optional<std::string> why_blank(const Plot& plot) {
  if (const auto& grid = plot.grid) {
    const bool is_drawn = grid->x_cells > 0 && grid->counts.size() >= grid->x_cells &&
                          has_width(grid->x_low, grid->x_high) &&
                          has_width(grid->y_low, grid->y_high);
    return is_drawn ? std::nullopt : std::optional("no range of values to draw");
  }
  bool is_defined = false;
  for (const auto& series : plot.series)
    for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
      const double x = series.x[i], y = series.y[i];
      if (!is_defined_on(plot.x, x) || !is_defined_on(plot.y, y)) continue;
      if (is_within(plot.x, x) && is_within(plot.y, y)) return std::nullopt;
      is_defined = true;
    }
  return is_defined ? "all values lie outside the axes" : "no value is defined here";
}

/// A step of 1, 2 or 5 times a power of ten that cuts the span of values into two to five parts.
double tic_step(double span) {
  const double power = std::pow(10.0, std::floor(std::log10(span)));
  for (const double factor : {0.2, 0.5, 1.0})
    if (span / (factor * power) <= 5.0) return factor * power;
  return 2.0 * power;
}

/// Few tics along x, because gnuplot does not see when long numbers touch.
void add_x_tics(std::string& script, const Plot& plot) {
  if (plot.x.step) return;
  double low = plot.x.low.value_or(std::numeric_limits<double>::infinity());
  double high = plot.x.high.value_or(-std::numeric_limits<double>::infinity());
  for (const auto& series : plot.series)
    for (const double x : series.x)
      if (std::isfinite(x)) low = std::min(low, x), high = std::max(high, x);
  const bool is_plain = has_width(low, high) && !plot.x.is_log;
  script += is_plain ? fmt::format("set xtics {:.9g}\n", tic_step(high - low)) : "set xtics auto\n";
}

void add_points(std::string& script, const Series& series, std::size_t number) {
  auto out = std::back_inserter(script);
  fmt::format_to(out, "$s{} << E\n", number);
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i)
    if (std::isfinite(series.x[i]) && std::isfinite(series.y[i]))
      fmt::format_to(out, "{:.9g} {:.9g}\n", series.x[i], series.y[i]);
    else
      script += "\n";
  script += "E\n";
}

/// The cells that hold something; blank ones are left to the page's ground.
void add_grid(std::string& script, const CountGrid& grid) {
  auto out = std::back_inserter(script);
  const std::size_t y_cells = grid.counts.size() / grid.x_cells;
  const double dx = (grid.x_high - grid.x_low) / static_cast<double>(grid.x_cells);
  const double dy = (grid.y_high - grid.y_low) / static_cast<double>(y_cells);
  script += "$g << E\n";
  for (std::size_t row = 0; row < y_cells; ++row) {
    for (std::size_t column = 0; column < grid.x_cells; ++column) {
      const double count = grid.counts[row * grid.x_cells + column];
      fmt::format_to(out, "{:.12g} {:.12g} {}\n",
                     grid.x_low + (static_cast<double>(column) + 0.5) * dx,
                     grid.y_low + (static_cast<double>(row) + 0.5) * dy,
                     count > 0.0 ? fmt::format("{:.6g}", std::log10(count)) : "NaN");
    }
    script += "\n";
  }
  script += "E\n";
  fmt::format_to(out, "set xrange [{:.12g}:{:.12g}]\nset yrange [{:.12g}:{:.12g}]\n", grid.x_low,
                 grid.x_high, grid.y_low, grid.y_high);
}

const char* words_of(Look look) {
  switch (look) {
    case Look::dashes:
      return "lines dashtype (6,4) lw 1.5";
    case Look::steps:
      return "histeps lw 1.7";
    case Look::marks:
      return "linespoints pt 7 ps 0.5 lw 1.7";
    case Look::line:
      break;
  }
  return "lines lw 1.9";
}

void add_plot(std::string& script, const Plot& plot) {
  add_axis(script, 'x', plot.x);
  add_axis(script, 'y', plot.y);
  add_x_tics(script, plot);
  std::vector<std::string> drawn;
  if (plot.grid) {
    add_grid(script, *plot.grid);
    drawn.emplace_back("$g using 1:2:3 with image notitle");
  }
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const Series& series = plot.series[s];
    add_points(script, series, s);
    const bool is_named = plot.has_key && !series.title.empty();
    drawn.push_back(fmt::format("$s{} using 1:2 with {} lc {} {}", s, words_of(series.look),
                                ink(series.ink),
                                is_named ? "title " + quoted(series.title) : "notitle"));
  }
  script += fmt::format("plot {}\n", fmt::join(drawn, ", \\\n  "));
}

std::string settings() {
  return fmt::format(
      "set terminal svg size 380,320 dynamic noenhanced font 'inherit,12'\n"
      "set border 3 lc {0}\n"
      "set tics nomirror out scale 0.5 textcolor {0}\n"
      "set grid lt 1 lc {1} lw 0.6\n"
      "set key outside bottom center horizontal samplen 2 textcolor {0}\n"
      "set format '%g'\n"
      "set palette defined (0 '#7fb3e8', 0.5 '#3b78c9', 0.8 '#8a3fb0', 1 '#d6306f')\n"
      "unset colorbox\n",
      ink(text_ink), ink(grid_ink));
}

/// gnuplot's element as one of a page: without its ids and title, in the page's colours.
std::string embedded(std::string svg, const std::string& title) {
  svg = std::regex_replace(svg, std::regex("<title>[^<]*</title>|<desc>[^<]*</desc>"), "");
  svg = std::regex_replace(svg, std::regex(R"( id="gnuplot[^"]*")"), "");
  svg =
      std::regex_replace(svg, std::regex(R"( stroke-linecap="butt"| stroke-linejoin="miter")"), "");
  svg = std::regex_replace(svg, std::regex(R"(<g fill="none"[^>]*>\s*</g>\s*)"), "");
  svg = std::regex_replace(svg, std::regex(R"(rgb\( *(\d+), *\1, *\1\))"), "var(--c$1)");
  svg.insert(svg.find('>') + 1, "<title>" + escaped(title) + "</title>");
  svg.insert(4, " role=\"img\"");
  return svg;
}

}  // namespace

Ink ink_of_run(std::size_t run) {
  constexpr auto runs = static_cast<std::size_t>(Ink::run_6) + 1;
  return static_cast<Ink>(run % runs);
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  return result;
}

std::vector<std::string> draw(std::span<const Plot> plots) {
  std::string script = settings();
  std::vector<std::string> pictures(plots.size());
  std::vector<std::size_t> drawn;
  for (std::size_t p = 0; p < plots.size(); ++p)
    if (const auto why = why_blank(plots[p])) {
      pictures[p] = "<p>" + *why + "</p>\n";
    } else {
      add_plot(script, plots[p]);
      drawn.push_back(p);
    }
  if (drawn.empty()) return pictures;
  std::vector<std::string> elements = run_gnuplot(script, drawn.size());
  for (std::size_t d = 0; d < drawn.size(); ++d)
    pictures[drawn[d]] = embedded(std::move(elements[d]), plots[drawn[d]].title);
  return pictures;
}

}  // namespace colonnade::report
