#include "values.hpp"

#include <colonnade/app/arguments.hpp>

#include <boost/algorithm/string/split.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace colonnade::app {

Arguments::Arguments(Values values, std::vector<std::string> files)
    : values_(std::move(values)), files_(std::move(files)) {}

const Arguments::Value& Arguments::at(std::string_view name) const {
  const auto found = values_.find(name);
  base::expects(found != values_.end(),
                "an option that is asked for stands in the command's table");
  return found->second;
}

bool Arguments::given(std::string_view name) const {
  return at(name).is_given;
}

bool Arguments::has(std::string_view name) const {
  return at(name).is_set;
}

bool Arguments::flag(std::string_view name) const {
  return to_flag(name, text(name));
}

const std::string& Arguments::text(std::string_view name) const {
  const Value& value = at(name);
  if (!value.is_set)
    throw base::Error(base::ErrorKind::usage, fmt::format("option --{} is needed", name));
  return value.text;
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  std::vector<std::string> parts;
  const auto is_separator = [](char letter) {
    return letter == ',' || letter == ' ' || letter == '\t';
  };
  boost::split(parts, text(name), is_separator, boost::token_compress_on);
  std::erase(parts, "");
  return parts;
}

std::int64_t Arguments::integer(std::string_view name) const {
  return to_integer(name, text(name));
}

double Arguments::real(std::string_view name) const {
  return to_real(name, text(name));
}

std::vector<std::int64_t> Arguments::integers(std::string_view name) const {
  return to_integers(name, text(name));
}

std::vector<double> Arguments::reals(std::string_view name) const {
  return to_reals(name, text(name));
}

std::int64_t Arguments::bytes(std::string_view name) const {
  return to_bytes(name, text(name));
}

double Arguments::seconds(std::string_view name) const {
  return to_seconds(name, text(name));
}

// MessagePack takes any bytes as text, as file names may be.
std::string Arguments::packed() const {
  nlohmann::json json{{"files", files_}, {"values", nlohmann::json::object()}};
  for (const auto& [name, value] : values_)
    json["values"][name] = {value.text, value.is_set, value.is_given};
  const auto bytes = nlohmann::json::to_msgpack(json);
  return {bytes.begin(), bytes.end()};
}

Arguments Arguments::unpacked(const std::string& packed) {
  const auto json = nlohmann::json::from_msgpack(packed);
  Values values;
  for (const auto& [name, value] : json.at("values").items())
    values[name] = {value.at(0).get<std::string>(), value.at(1).get<bool>(),
                    value.at(2).get<bool>()};
  return {std::move(values), json.at("files").get<std::vector<std::string>>()};
}

std::vector<std::string> inputs_of(const Arguments& arguments, std::vector<std::string> others) {
  others.insert(others.end(), arguments.files().begin(), arguments.files().end());
  for (const char* name : {"config", "files-from"})
    if (arguments.knows(name) && arguments.has(name)) others.push_back(arguments.text(name));
  return others;
}

}  // namespace colonnade::app
