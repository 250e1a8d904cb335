#include <colonnade/mpi/watch_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace colonnade::mpi {

namespace {

constexpr std::size_t ranks_named = 16;

/// "rank 2", "ranks 0, 1", "ranks 0, 1, 2 and 5 more".
std::string names_of(const std::vector<int>& ranks) {
  const std::size_t named = std::min(ranks.size(), ranks_named);
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (std::size_t i = 0; i < named; ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", ranks[i]);
  if (named < ranks.size()) text += fmt::format(" and {} more", ranks.size() - named);
  return text;
}

}  // namespace

WatchTable::WatchTable(int rank, int size, double limit_s)
    : rank_(rank), limit_s_(limit_s), entries_(static_cast<std::size_t>(size)) {}

void WatchTable::take(int rank, const WatchReport& report, double now_s) {
  auto& entry = entries_.at(static_cast<std::size_t>(rank));
  entry = {.report = report, .heard_s = now_s, .is_known = true};
  entry.report.phase.back() = '\0';
}

bool WatchTable::is_ending_below(int rank) const {
  return std::any_of(entries_.begin(), entries_.begin() + rank,
                     [](const Entry& entry) { return entry.report.is_ending; });
}

WatchTable::State WatchTable::state_of(const Entry& entry, double now_s) const {
  if (!entry.is_known) return State::unknown;
  const double unheard_s = now_s - entry.heard_s;
  if (entry.report.idle_s + unheard_s < limit_s_) return State::moving;
  if (unheard_s > limit_s_ / 2) return State::silent;
  return entry.report.is_waiting ? State::waiting : State::working;
}

std::optional<std::string> WatchTable::verdict(double now_s) const {
  if (state_of(entries_[static_cast<std::size_t>(rank_)], now_s) != State::waiting)
    return std::nullopt;
  std::map<std::pair<State, std::string>, std::vector<int>> groups;
  bool is_moving = false, is_certain = false;
  for (std::size_t rank = 0; rank < entries_.size(); ++rank) {
    const State state = state_of(entries_[rank], now_s);
    is_moving = is_moving || state == State::moving;
    is_certain = is_certain || state == State::silent || state == State::working;
    groups[{state, entries_[rank].report.phase.data()}].push_back(static_cast<int>(rank));
  }
  if (is_moving && !is_certain) return std::nullopt;
  std::string silent, working, others;
  for (const auto& [key, ranks] : groups) {
    const auto& [state, phase] = key;
    const std::string names = names_of(ranks);
    if (state == State::silent)
      silent += fmt::format("no answer from {} (last seen in phase '{}'); ", names, phase);
    if (state == State::working) working += fmt::format("{} working in phase '{}'; ", names, phase);
    if (state == State::waiting) others += fmt::format("{} waiting in phase '{}'; ", names, phase);
    if (state == State::unknown) others += fmt::format("{} never heard from; ", names);
  }
  return fmt::format("no progress for {:g} s: {}{}{}the job ends (--watchdog sets the time)",
                     limit_s_, silent, working, others);
}

}  // namespace colonnade::mpi
