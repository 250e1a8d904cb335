#include <colonnade/base/error.hpp>
#include <colonnade/data/division.hpp>
#include <colonnade/data/file_groups.hpp>
#include <colonnade/data/prepare.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;
using By = DivisionRule::By;

std::string DivisionRule::text() const {
  auto groups =
      group_by.empty() ? std::string("file") : fmt::format("group {}", fmt::join(group_by, ","));
  if (is_chosen())
    return fmt::format(R"({}, validation where "{}", test where "{}")", groups,
                       validation ? validation->text() : "", test ? test->text() : "");
  if (by == By::tile) {
    std::vector<std::string> words;
    for (const auto& tile : tiles)
      words.push_back(fmt::format("{}={}", tile.dimension, tile.length));
    return fmt::format("tile {}", fmt::join(words, ","));
  }
  if (by == By::group) return groups;
  return by == By::file ? "file" : "";
}

namespace {

std::vector<std::string> paths_of(const RawSet& set) {
  std::vector<std::string> paths;
  for (const auto& file : set.files) paths.push_back(file.path);
  return paths;
}

/// Columns side by side that come from the same files.
struct Unit {
  std::int64_t columns, group;
  std::vector<std::size_t> files;
};

/// The blocks of a described source. Without groups, blocks that share a file of the first variable
/// belong together: windows may overlap.
std::vector<Unit> units_of_samples(const Sampling& sampling, bool by_group) {
  std::vector<Unit> units;
  std::map<std::int64_t, std::int64_t> group_of_file;
  std::int64_t groups = 0;
  for (const auto& block : sampling.blocks) {
    Unit unit{block.length * sampling.inner(), block.group, {}};
    for (std::int64_t slot = 0; slot < sampling.streams.front().slots; ++slot)
      unit.files.push_back(
          static_cast<std::size_t>(block.parts[static_cast<std::size_t>(slot)].file));
    if (!by_group) {
      unit.group = groups;
      for (const auto file : unit.files)
        if (const auto known = group_of_file.find(static_cast<std::int64_t>(file));
            known != group_of_file.end())
          unit.group = known->second;
      if (unit.group == groups) ++groups;
      for (const auto file : unit.files)
        group_of_file[static_cast<std::int64_t>(file)] = unit.group;
    }
    units.push_back(std::move(unit));
  }
  return units;
}

std::vector<Unit> units_of(const RawSet& set, const DivisionRule& rule) {
  if (set.sampling)
    return units_of_samples(*set.sampling, rule.by != By::file && !rule.group_by.empty());
  std::vector<Unit> units;
  for (std::size_t file = 0; file < set.files.size(); ++file)
    units.push_back({set.files[file].columns, static_cast<std::int64_t>(file), {file}});
  if (rule.by == By::file || rule.group_by.empty()) return units;
  const auto groups = group_files(paths_of(set), rule.name_fields.value(), rule.group_by);
  for (std::size_t i = 0; i < units.size(); ++i) units[i].group = groups.of_file[i];
  return units;
}

/// The split of each file that the rule chooses; the others train.
std::vector<int> splits_of_files(const RawSet& set, const DivisionRule& rule) {
  const auto paths = paths_of(set);
  std::map<std::string, int> chosen;
  const auto choose = [&](const std::optional<Where>& where, int split) {
    if (!where) return;
    for (const auto& path : where->filter(paths, rule.name_fields.value()))
      if (!chosen.emplace(path, split).second)
        throw Error(ErrorKind::usage, "--validation-where and --test-where both take the file",
                    {.file = path});
  };
  choose(rule.validation, 1);
  choose(rule.test, 2);
  std::vector<int> splits;
  for (const auto& path : paths) {
    const auto found = chosen.find(path);
    splits.push_back(found == chosen.end() ? 0 : found->second);
  }
  return splits;
}

/// The split of each group by the files that the rule chooses.
std::vector<int> chosen_splits(const RawSet& set, const Groups& groups, const DivisionRule& rule) {
  const auto split_of_file = splits_of_files(set, rule);
  std::map<std::int64_t, std::size_t> first;  // file of each group
  std::vector<int> splits(static_cast<std::size_t>(groups.count()), 0);
  for (const auto& unit : units_of(set, rule))
    for (const auto file : unit.files) {
      if (unit.columns > 0) splits[static_cast<std::size_t>(unit.group)] = split_of_file[file];
      const auto [group, is_new] = first.try_emplace(unit.group, file);
      if (!is_new && split_of_file[file] != split_of_file[group->second])
        throw Error(ErrorKind::usage, "a group of files would be parted by the choice of splits",
                    {.file = set.files[file].path,
                     .value = fmt::format("with {}", set.files[group->second].path),
                     .hint = "choose by the fields of --group-by"});
    }
  return splits;
}

}  // namespace

/// Windows that overlap would reach from tile to tile.
static void expect_tiles_apart(const RawSet& set, const DivisionRule& rule) {
  if (!set.sampling || set.sampling->form.stride >= set.sampling->form.window) return;
  const auto& form = set.sampling->form;
  const auto& dim = form.window_dim.empty() ? form.sample_dims.front() : form.window_dim;
  for (const auto& tile : rule.tiles)
    if (tile.dimension == dim)
      throw Error(ErrorKind::usage, "windows that overlap reach from tile to tile",
                  {.value = fmt::format("--tile {}={}, --window {} --stride {}", dim, tile.length,
                                        form.window, form.stride),
                   .hint = "use a --stride of the window's length, or tiles along other "
                           "dimensions"});
}

Groups groups_of(const RawSet& set, const DivisionRule& rule) {
  if (rule.by == By::tile) expect_tiles_apart(set, rule);
  if (rule.by == By::tile && !rule.is_chosen())
    return groups_of_tiles(set.sample_dimensions(), rule.tiles);
  if (rule.by == By::column && !rule.is_chosen()) return {};
  std::vector<std::int64_t> lengths, ids;
  for (const auto& unit : units_of(set, rule)) {
    lengths.push_back(unit.columns);
    ids.push_back(unit.group);
  }
  return groups_of_runs(lengths, ids);
}

Division divide(const RawSet& set, const Groups& groups, const PrepareOptions& options,
                std::vector<std::int64_t> dropped) {
  const auto shuffle = options.shuffle ? std::optional(options.shuffle_seed) : std::nullopt;
  if (groups.empty()) {
    ColumnOrder order(set.columns(), std::move(dropped), shuffle);
    auto splits = splits_of(order.columns(), options.split);
    return {std::move(order), std::move(splits)};
  }
  const auto& rule = options.division;
  const auto split_of_group =
      rule.is_chosen() ? chosen_splits(set, groups, rule)
                       : draw_splits(groups.sizes(dropped), options.split, options.shuffle_seed);
  ColumnOrder order(groups, split_of_group, std::move(dropped), shuffle);
  auto splits = order.splits();
  return {std::move(order), std::move(splits)};
}

}  // namespace colonnade::data
