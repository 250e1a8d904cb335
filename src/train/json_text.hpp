#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace colonnade::train {

/// Lists of plain values on one line each, everything else on lines of its own.
inline std::string text_of(const nlohmann::ordered_json& json, std::size_t indent = 0) {
  const bool is_plain =
      std::none_of(json.begin(), json.end(),
                   [](const nlohmann::ordered_json& value) { return value.is_structured(); });
  if (!json.is_structured() || is_plain) return json.dump();
  std::string text = json.is_object() ? "{" : "[";
  const char* separator = "\n";
  for (const auto& [name, value] : json.items()) {
    text += separator + std::string(indent + 1, ' ');
    if (json.is_object()) text += nlohmann::ordered_json(name).dump() + ": ";
    text += text_of(value, indent + 1);
    separator = ",\n";
  }
  return text + "\n" + std::string(indent, ' ') + (json.is_object() ? "}" : "]");
}

}  // namespace colonnade::train
