#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/data/published_norm.hpp>
#include <colonnade/io/box_source.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <sstream>
#include <vector>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

PublishedNorm::Files PublishedNorm::parse(const std::string& text, const std::string& option) {
  static const std::set<std::set<std::string>> forms{
      {"mean", "min", "max"}, {"mean", "std"}, {"scale"}};
  Files files;
  std::set<std::string> keys;
  std::istringstream words(text);
  bool is_good = true;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals + 1 == word.size()) {
      is_good = false;
      break;
    }
    is_good = is_good && keys.insert(word.substr(0, equals)).second;
    files[word.substr(0, equals)] = word.substr(equals + 1);
  }
  if (is_good && forms.contains(keys)) return files;
  throw Error(ErrorKind::usage, option + " takes files by what they hold",
              {.value = text,
               .hint = "write \"mean=FILE min=FILE max=FILE\", \"mean=FILE std=FILE\" or "
                       "\"scale=FILE\""});
}

namespace {

/// Levels of each variable among the features; 1 for a scalar.
std::map<std::string, std::int64_t> levels_of(const std::vector<Feature>& features) {
  std::map<std::string, std::int64_t> levels;
  for (const auto& feature : features) ++levels[feature.variable];
  return levels;
}

using Values = std::map<std::string, std::vector<double>>;

/// The values of a file, by variable.
Values values_of(const std::string& path, const std::map<std::string, std::int64_t>& wanted) {
  const auto info = io::describe(path);
  const auto source = io::BoxSource::open(path);
  Values values;
  for (const auto& [name, levels] : wanted) {
    const auto* const variable = info.find(name);
    if (variable == nullptr)
      throw Error(
          ErrorKind::data, "the file of a normalisation lacks the variable",
          {.file = path, .variable = name, .hint = "leave the option out, or the variable"});
    const auto& shape = variable->shape;
    const auto held =
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    if (held != levels)
      throw Error(
          ErrorKind::data, "the normalisation has not the variable's levels",
          {.file = path, .variable = name, .value = fmt::format("{} and {}", held, levels)});
    auto& read = values[name];
    read.resize(static_cast<std::size_t>(levels));
    source->read_box(name, std::vector<std::int64_t>(shape.size(), 0), shape, read);
    for (const double value : read)
      if (!std::isfinite(value))
        throw Error(ErrorKind::data, "the normalisation holds what is no finite number",
                    {.file = path, .variable = name, .value = fmt::format("{}", value)});
  }
  return values;
}

}  // namespace

PublishedNorm PublishedNorm::read(const mpi::Communicator& comm, const Files& files,
                                  const std::vector<RawVariable>& variables) {
  std::string packed;
  mpi::agreed_on_root(comm, "read the normalisation", [&] {
    const auto features = features_of(variables);
    const auto levels = levels_of(features);
    std::map<std::string, Values> read;
    for (const auto& [key, path] : files) read[key] = values_of(path, levels);
    auto lines = nlohmann::json::object();
    for (const auto& feature : features) {
      const auto at = [&](const char* key) {
        const auto level = static_cast<std::size_t>(feature.level < 0 ? 0 : feature.level);
        return static_cast<double>(read.at(key).at(feature.variable).at(level));
      };
      double offset = 0.0, scale = 0.0;
      if (read.contains("scale")) {
        scale = at("scale") == 0.0 ? 0.0 : 1.0 / at("scale");
      } else {
        offset = at("mean");
        scale = read.contains("std") ? at("std") : at("max") - at("min");
      }
      lines[feature.name] = {offset, scale};
    }
    packed = lines.dump();
  });
  PublishedNorm norm;
  const auto lines = nlohmann::json::parse(comm.broadcast(packed));
  for (const auto& [name, line] : lines.items()) norm.lines_[name] = {line.at(0), line.at(1)};
  return norm;
}

void PublishedNorm::set(Encoding& encoding) const {
  encoding.offset.clear();
  encoding.scale.clear();
  for (const auto& feature : encoding.features) {
    const auto& [offset, scale] = lines_.at(feature.name);
    encoding.offset.push_back(offset);
    encoding.scale.push_back(scale);
  }
}

}  // namespace colonnade::data
