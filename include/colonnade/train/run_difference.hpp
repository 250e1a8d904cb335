#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::train {

/// What hashes.csv holds: the head's names and the cells of each row, without the step.
struct HashTable {
  std::vector<std::string> names;
  std::map<std::int64_t, std::vector<std::string>> rows;  ///< by step
};

/// Reads a hashes.csv, on this process alone. Throws a storage error when it cannot be read, and a
/// data error that names the line which is cut or not as train writes it.
HashTable read_hash_table(const std::string& path);

/// A step whose hashes differ.
struct PartingStep {
  std::int64_t step = 0;
  std::optional<std::int64_t> last_same{};  ///< the common hashed step before it
  std::vector<std::string> names{};         ///< of the cells that differ, in the head's order
};

/// What two tables have in common, as far as they are the same.
struct HashDifference {
  std::int64_t common_steps = 0;  ///< hashed in both
  std::optional<PartingStep> first{};
};

/// Compares the steps and the cells that both tables have.
HashDifference difference_of(const HashTable& a, const HashTable& b);

/// "step 8: gradient (layer1.weight, layer1.bias), weights (all 6 tensors)": what differs, grouped.
std::string text_of(const PartingStep& parting, const HashTable& table);

/// The options of a resolved config by their names, without those that are not set.
std::map<std::string, std::string> options_of(const std::string& config_ini);

/// Whether an option says where and how a run goes, and nothing of its result.
bool is_of_the_call(const std::string& option);

/// An option whose value differs between two configs; no value: it is not set.
struct OptionDifference {
  std::string name;
  std::optional<std::string> a, b;
};

/// The options that differ between two resolved configs, but for --out, by their names.
std::vector<OptionDifference> differing_options(const std::string& config_a,
                                                const std::string& config_b);

}  // namespace colonnade::train
