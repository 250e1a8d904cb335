#include "data/piece_reader.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/missing_index.hpp>
#include <colonnade/mpi/activity.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

namespace colonnade::data {

MissingTest::MissingTest(const RawSet& set, std::size_t inputs) : inputs_(inputs) {
  for (std::size_t v = 0; v < set.variables.size(); ++v) {
    const auto& variable = set.variables[v];
    widths_.push_back(static_cast<std::size_t>(variable.width()));
    counts_.push_back(!variable.keeps_missing);
    fills_.push_back(!variable.keeps_missing && !variable.is_class);
    if (v < inputs && counts_.back()) input_values_ += variable.width();
  }
}

void MissingTest::count(std::span<const float> raw_row, std::span<std::int64_t> missing) const {
  for (std::size_t v = 0; v < widths_.size(); ++v) {
    const auto values = raw_row.first(widths_[v]);
    raw_row = raw_row.subspan(widths_[v]);
    missing[v] = 0;
    if (!counts_[v]) continue;
    for (const float value : values) missing[v] += std::isnan(value) ? 1 : 0;
  }
}

Presence MissingTest::presence(std::span<const std::int64_t> missing) const {
  std::int64_t of_inputs = 0, in_all = 0;
  for (std::size_t v = 0; v < missing.size(); ++v) {
    in_all += missing[v];
    if (v < inputs_) of_inputs += missing[v];
  }
  if (in_all == 0) return Presence::all;
  return of_inputs > 0 && of_inputs == input_values_ ? Presence::none : Presence::some;
}

void MissingTest::fill(std::span<float> raw_row, float value) const {
  for (std::size_t v = 0; v < widths_.size(); ++v) {
    const auto values = raw_row.first(widths_[v]);
    raw_row = raw_row.subspan(widths_[v]);
    if (fills_[v])
      std::replace_if(
          values.begin(), values.end(), [](float number) { return std::isnan(number); }, value);
  }
}

namespace {

using Run = MissingIndex::Run;

/// Runs as whole numbers, for the way to other ranks: begin, end, missing values by variable.
class Records {
 public:
  explicit Records(std::size_t variables) : variables_(variables) {}

  void add(std::int64_t column, std::span<const std::int64_t> missing) {
    if (!numbers_.empty()) {
      const auto last = std::span(numbers_).last(2 + variables_);
      if (last[1] == column && std::equal(missing.begin(), missing.end(), last.begin() + 2)) {
        ++last[1];
        return;
      }
    }
    numbers_.push_back(column);
    numbers_.push_back(column + 1);
    numbers_.insert(numbers_.end(), missing.begin(), missing.end());
  }

  /// **Collective.** The runs of all ranks, neighbours joined.
  [[nodiscard]] std::vector<Run> joined(const mpi::Communicator& comm,
                                        const MissingTest& test) const {
    const auto all = comm.concatenate(std::span<const std::int64_t>(numbers_));
    std::vector<Run> runs;
    for (std::size_t at = 0; at < all.size(); at += 2 + variables_) {
      const auto missing = std::span(all).subspan(at + 2, variables_);
      runs.push_back(
          {{all[at], all[at + 1]}, test.presence(missing), {missing.begin(), missing.end()}});
    }
    std::sort(runs.begin(), runs.end(),
              [](const Run& a, const Run& b) { return a.columns.begin < b.columns.begin; });
    std::size_t kept = 0;
    for (std::size_t i = 1; i < runs.size(); ++i) {
      auto& last = runs[kept];
      if (last.columns.end == runs[i].columns.begin && last.missing == runs[i].missing)
        last.columns.end = runs[i].columns.end;
      else if (++kept != i)
        runs[kept] = std::move(runs[i]);
    }
    if (!runs.empty()) runs.resize(kept + 1);
    return runs;
  }

 private:
  std::size_t variables_;
  std::vector<std::int64_t> numbers_;
};

}  // namespace

MissingIndex index_missing(const mpi::Communicator& comm, const RawSet& set, std::size_t inputs,
                           const base::ProgressSink& progress) {
  const mpi::InPhase here("find missing");
  const MissingTest test(set, inputs);
  const ColumnOrder order(set.columns(), {}, std::nullopt);
  PieceReader reader(comm, set, {MissingPolicy::Kind::keep, 0.0F}, inputs);
  Records records(set.variables.size());
  std::vector<std::int64_t> missing(set.variables.size());
  for (std::int64_t round = 0; round < reader.rounds(); ++round) {
    reader.read(round, order);
    for (std::size_t i = 0; i < reader.sources().size(); ++i) {
      if (reader.has_all(i)) continue;
      test.count(reader.raw_row(i), missing);
      if (test.presence(missing) != Presence::all) records.add(reader.sources()[i], missing);
    }
    progress("find missing", std::min(set.columns(), (round + 1) * reader.round_columns()),
             set.columns());
  }
  MissingIndex index{.inputs = inputs, .runs = records.joined(comm, test)};
  index.bytes_read = reader.bytes_read();
  index.counts[0] = set.columns();
  for (const auto& run : index.runs) {
    index.counts[static_cast<std::size_t>(run.presence)] += run.columns.size();
    index.counts[0] -= run.columns.size();
  }
  return index;
}

namespace {

/// Throws a data error for the first missing value of a run.
void refuse_missing(const Run& run, const MissingPolicy& policy, const RawSet& set) {
  const auto found =
      std::find_if(run.missing.begin(), run.missing.end(), [](auto count) { return count > 0; });
  const auto variable = static_cast<std::size_t>(found - run.missing.begin());
  const auto [file, column] = set.place_of(run.columns.begin, variable);
  throw base::Error(base::ErrorKind::data, "missing value",
                    {.file = file,
                     .variable = set.variables[variable].name,
                     .column = column,
                     .hint = policy.hint});
}

}  // namespace

std::vector<std::int64_t> MissingIndex::dropped(const MissingPolicy& policy,
                                                const RawSet& set) const {
  const bool takes_rest = policy.kind == MissingPolicy::Kind::drop_all;
  std::vector<std::int64_t> columns;
  for (const auto& run : runs) {
    if (takes_rest && run.presence == Presence::some) {
      if (!policy.fills_rest) refuse_missing(run, policy, set);
      continue;
    }
    for (std::int64_t column = run.columns.begin; column < run.columns.end; ++column)
      columns.push_back(column);
  }
  return columns;
}

namespace {

/// Which samples come from which files: of each part its samples, and the places of its files.
nlohmann::ordered_json parts_of(const RawSet& set) {
  auto parts = nlohmann::ordered_json::array();
  const auto add = [&](std::int64_t begin, std::int64_t end, const std::set<std::int64_t>& files) {
    parts.push_back({{"begin", begin}, {"end", end}, {"files", files}});
  };
  if (set.sampling) {
    const std::int64_t inner = set.sampling->inner();
    for (const auto& block : set.sampling->blocks) {
      std::set<std::int64_t> files;
      for (const auto& part : block.parts) files.insert(part.file);
      add(block.first * inner, (block.first + block.length) * inner, files);
    }
    return parts;
  }
  std::int64_t begin = 0;
  for (std::size_t f = 0; f < set.files.size(); begin += set.files[f++].columns)
    add(begin, begin + set.files[f].columns, {static_cast<std::int64_t>(f)});
  return parts;
}

/// Runs of one kind, and how many more there are than can be listed.
void list_runs(nlohmann::ordered_json& all, const std::string& key, Presence kind,
               const std::vector<MissingIndex::Run>& runs, const RawSet& set) {
  constexpr std::size_t most_runs = 1000000;
  auto list = nlohmann::ordered_json::array();
  std::int64_t left_out = 0;
  for (const auto& run : runs) {
    if (run.presence != kind) continue;
    if (list.size() == most_runs) {
      ++left_out;
      continue;
    }
    nlohmann::ordered_json one{{"begin", run.columns.begin}, {"end", run.columns.end}};
    for (std::size_t v = 0; v < run.missing.size(); ++v)
      if (run.missing[v] > 0) one["missing"][set.variables[v].name] = run.missing[v];
    list.push_back(std::move(one));
  }
  all[key] = std::move(list);
  if (left_out > 0) all[key + "_left_out"] = left_out;
}

}  // namespace

std::string MissingIndex::text(const RawSet& set) const {
  nlohmann::ordered_json all;
  all["samples"] = set.columns();
  all["all"] = counts[0];
  all["some"] = counts[1];
  all["none"] = counts[2];
  for (const auto& dim : set.sample_dimensions())
    all["dimensions"].push_back({{"name", dim.name}, {"length", dim.length}});
  for (std::size_t v = 0; v < set.variables.size(); ++v) {
    std::int64_t missing = 0;
    for (const auto& run : runs) missing += run.missing[v] * run.columns.size();
    all["variables"].push_back({{"name", set.variables[v].name},
                                {"is_input", v < inputs},
                                {"values", set.variables[v].width()},
                                {"missing", missing}});
  }
  for (const auto& file : set.files) all["files"].push_back(file.path);
  all["parts"] = parts_of(set);
  list_runs(all, "none_at", Presence::none, runs, set);
  list_runs(all, "some_at", Presence::some, runs, set);
  return all.dump(1);
}

}  // namespace colonnade::data
