#include <colonnade/app/progress.hpp>
#include <colonnade/base/human.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace colonnade::app {

namespace {

constexpr auto live_interval = std::chrono::milliseconds(250);
constexpr auto lines_interval = std::chrono::seconds(1);

double seconds_of(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Progress::Progress(std::ostream& out, Style style, Clock clock)
    : out_(out), style_(style), clock_(std::move(clock)) {}

Progress::~Progress() {
  end_line();
}

Progress::Style Progress::style_of_stderr(bool is_root, bool quiet) {
  if (!is_root || quiet) return Style::silent;
  return isatty(STDERR_FILENO) == 1 ? Style::live : Style::lines;
}

base::ProgressSink Progress::sink() {
  return [this](std::string_view phase, std::int64_t done, std::int64_t total) {
    report(phase, done, total);
  };
}

void Progress::end_line() {
  if (is_open_) out_ << '\n' << std::flush;
  is_open_ = false;
}

void Progress::begin(std::string_view phase, std::int64_t done) {
  end_line();
  phase_ = phase;
  first_ = done;
  tenths_ = 0;
  started_ = clock_();
  shown_ = style_ == Style::live ? started_ - live_interval : started_;
}

bool Progress::is_due(std::int64_t done, std::int64_t total) {
  const bool is_live = style_ == Style::live;
  const std::int64_t tenths = total > 0 ? 10 * done / total : 10;
  if (!is_live && tenths <= tenths_) return false;
  const auto now = clock_();
  const auto interval = is_live ? live_interval : lines_interval;
  if (done < total && now - shown_ < interval) return false;
  tenths_ = tenths;
  shown_ = now;
  return true;
}

std::string Progress::line(std::int64_t done, std::int64_t total) const {
  const double elapsed_s = seconds_of(clock_() - started_);
  std::string text =
      fmt::format("{}: {}/{}", phase_, base::human_count(done), base::human_count(total));
  if (elapsed_s <= 0 || done <= first_) return text;
  const double per_second = static_cast<double>(done - first_) / elapsed_s;
  text += fmt::format(", {}/s", base::human_rate(per_second));
  if (done < total)
    return text + fmt::format(", {} left",
                              base::human_duration(static_cast<double>(total - done) / per_second));
  return text + fmt::format(", in {}", base::human_duration(elapsed_s));
}

void Progress::report(std::string_view phase, std::int64_t done, std::int64_t total) {
  if (style_ == Style::silent) return;
  const auto name_of = [](std::string_view text) { return text.substr(0, text.find(',')); };
  if (name_of(phase) != name_of(phase_)) begin(phase, done);
  phase_ = phase;
  if (!is_due(done, total)) return;
  if (style_ == Style::lines) {
    out_ << line(done, total) << '\n' << std::flush;
    return;
  }
  // The escape clears what a longer line before left behind.
  out_ << '\r' << line(done, total) << "\033[K" << std::flush;
  is_open_ = done < total;
  if (!is_open_) out_ << '\n' << std::flush;
}

}  // namespace colonnade::app
