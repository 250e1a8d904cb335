#include <colonnade/train/run_difference.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace colonnade::train {

namespace {

using Cells = std::vector<std::string>;

/// The names that both heads have, with their places.
std::vector<std::pair<std::size_t, std::size_t>> common_cells(const HashTable& a,
                                                              const HashTable& b) {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (std::size_t i = 0; i < a.names.size(); ++i)
    if (const auto found = std::find(b.names.begin(), b.names.end(), a.names[i]);
        found != b.names.end())
      places.emplace_back(i, static_cast<std::size_t>(found - b.names.begin()));
  return places;
}

/// The tensors among `names` that belong to `kind`: "weights.layer1.bias" gives "layer1.bias".
Cells tensors_of(const std::string& kind, const Cells& names) {
  Cells tensors;
  for (const std::string& name : names)
    if (name.starts_with(kind + ".")) tensors.push_back(name.substr(kind.size() + 1));
  return tensors;
}

std::optional<std::string> value_of(const std::map<std::string, std::string>& options,
                                    const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

std::map<std::string, std::string> options_of(const std::string& config_ini) {
  std::map<std::string, std::string> options;
  std::istringstream lines(config_ini);
  for (std::string line; std::getline(lines, line);)
    if (const auto equals = line.find(" ="); !line.starts_with('#') && equals != std::string::npos)
      options[line.substr(0, equals)] = line.substr(std::min(line.size(), equals + 3));
  return options;
}

bool is_of_the_call(const std::string& option) {
  constexpr std::array names{
      "out",       "files", "quiet", "watchdog", "memory", "checkpoint-every", "keep-checkpoints",
      "hash-every"};
  return std::find(names.begin(), names.end(), option) != names.end();
}

HashDifference difference_of(const HashTable& a, const HashTable& b) {
  const auto cells = common_cells(a, b);
  HashDifference difference;
  std::optional<std::int64_t> last_same;
  for (const auto& [step, row] : a.rows) {
    const auto other = b.rows.find(step);
    if (other == b.rows.end()) continue;
    ++difference.common_steps;
    if (difference.first) continue;
    PartingStep parting{.step = step, .last_same = last_same};
    for (const auto& [in_a, in_b] : cells)
      if (row[in_a] != other->second[in_b]) parting.names.push_back(a.names[in_a]);
    if (!parting.names.empty()) difference.first = std::move(parting);
    last_same = step;
  }
  return difference;
}

std::string text_of(const PartingStep& parting, const HashTable& table) {
  Cells parts;
  for (const std::string& name : parting.names) {
    if (name.find('.') != std::string::npos) continue;
    const auto tensors = tensors_of(name, parting.names);
    const auto all = tensors_of(name, table.names);
    if (tensors.empty())
      parts.push_back(name);
    else if (tensors.size() == all.size())
      parts.push_back(fmt::format("{} (all {} tensors)", name, all.size()));
    else
      parts.push_back(fmt::format("{} ({})", name, fmt::join(tensors, ", ")));
  }
  return fmt::format("step {}: {}", parting.step, fmt::join(parts, ", "));
}

std::vector<OptionDifference> differing_options(const std::string& config_a,
                                                const std::string& config_b) {
  const auto a = options_of(config_a), b = options_of(config_b);
  auto all = a;
  all.insert(b.begin(), b.end());
  std::erase_if(all, [](const auto& option) { return is_of_the_call(option.first); });
  std::vector<OptionDifference> differing;
  for (const auto& [name, value] : all)
    if (value_of(a, name) != value_of(b, name))
      differing.push_back({name, value_of(a, name), value_of(b, name)});
  return differing;
}

}  // namespace colonnade::train
