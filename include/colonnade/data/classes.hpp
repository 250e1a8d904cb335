#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::data {

/// What the values of a column's target say of classes. The rows of the array y then hold 1 for
/// each class that a column belongs to, else 0, and a network's outputs are logits.
struct Classes {
  /// one: each column belongs to exactly one class (softmax); many: to any number (sigmoid).
  enum class Kind : std::uint8_t { one, many };
  /// How a column tells its classes: as one value, or a list of values that missing ones fill up
  /// (sparse), or as a 0 or 1 for each class (dense).
  enum class Form : std::uint8_t { sparse, dense };
  /// Values from `low` to `high`, both among them.
  struct Interval {
    double low, high;
    bool operator==(const Interval&) const = default;
  };
  struct Class {
    std::string name;
    std::vector<Interval> values{};  ///< none: whatever no other class has (sparse)
    bool operator==(const Class&) const = default;
  };

  Kind kind = Kind::one;
  Form form = Form::sparse;
  std::vector<Class> classes{};

  bool operator==(const Classes&) const = default;
};

void to_json(nlohmann::json& json, const Classes& classes);
void from_json(const nlohmann::json& json, Classes& classes);

}  // namespace colonnade::data
