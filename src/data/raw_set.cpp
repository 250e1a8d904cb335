#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/data/reference_layout.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace colonnade::data {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;
using io::FileInfo;
using io::VariableInfo;

MissingPolicy MissingPolicy::parse(const std::string& text) {
  if (text == "fail") return {Kind::fail, 0.0F};
  if (text == "drop") return {Kind::drop, 0.0F};
  if (text.rfind("fill=", 0) == 0) {
    std::istringstream number(text.substr(5));
    MissingPolicy policy{Kind::fill, 0.0F};
    if (number >> policy.fill && number.eof() && std::isfinite(policy.fill)) return policy;
  }
  throw Error(ErrorKind::usage, "not a policy for missing values",
              {.value = text, .hint = "--missing takes fail, drop or fill=NUMBER"});
}

std::int64_t RawSet::columns() const {
  std::int64_t count = 0;
  for (const auto& file : files) count += file.columns;
  return count;
}

std::vector<io::Dimension> RawSet::sample_dimensions() const {
  return {{column_dim, columns()}};
}

std::int64_t RawSet::width() const {
  std::int64_t values = 0;
  for (const auto& variable : variables) values += variable.width();
  return values;
}

void RawSet::expect_no_input(const std::string& path) const {
  std::vector<std::string> inputs;
  for (const auto& file : files) inputs.push_back(file.path);
  io::expect_no_input(path, inputs);
}

void RawSet::expect_alike() const {
  if (unlike.empty()) return;
  const auto& [file, variable, difference] = unlike.front();
  throw Error(ErrorKind::data, "the units or features differ from those in " + files.front().path,
              {.file = file,
               .variable = variable,
               .value = difference,
               .hint = "bring the files to the same units and features first"});
}

namespace {

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

std::string attribute(const VariableInfo& info, const std::string& name) {
  const auto found = info.attributes.find(name);
  return found == info.attributes.end() ? "" : found->second;
}

/// Names and units along the last dimension: from the variable's own attributes, from a text
/// variable of that dimension's name, or from the reference layout for a file that says nothing.
void name_features(const FileInfo& file, const VariableInfo& info, RawVariable& variable) {
  if (variable.shape.empty()) return;
  const auto length = static_cast<std::size_t>(variable.shape.back());
  auto names = split_commas(attribute(info, "variable_names"));
  auto units = split_commas(attribute(info, "variable_units"));
  const auto& dimension = variable.dimensions.back();
  if (const auto text = file.texts.find(dimension);
      names.size() != length && text != file.texts.end()) {
    names = text->second;
    units = split_commas(attribute(*file.find(dimension), "feature_units"));
  }
  if (names.size() != length) {
    for (const auto& known : reference_variables())
      if (known.name == variable.name && known.feature_names.size() == length) {
        names = known.feature_names;
        units = known.feature_units;
      }
  }
  if (names.size() != length) return;
  variable.feature_names = names;
  if (units.size() == length) variable.feature_units = units;
}

/// Flags of the CF conventions; none where values and meanings do not match.
std::vector<RawVariable::Flag> flags_of(const VariableInfo& info) {
  const auto values = info.number_attributes.find("flag_values");
  std::istringstream words(attribute(info, "flag_meanings"));
  std::vector<RawVariable::Flag> flags;
  if (values == info.number_attributes.end()) return flags;
  for (std::string word; words >> word;) {
    if (flags.size() == values->second.size()) return {};
    flags.push_back({values->second[flags.size()], word});
  }
  if (flags.size() != values->second.size()) flags.clear();
  return flags;
}

RawVariable raw_variable(const FileInfo& file, const VariableInfo& info) {
  RawVariable variable;
  variable.name = info.name;
  variable.shape.assign(info.shape.begin() + 1, info.shape.end());
  variable.dimensions.assign(info.dimensions.begin() + 1, info.dimensions.end());
  variable.units = attribute(info, "units");
  variable.long_name = attribute(info, "long_name");
  variable.flags = flags_of(info);
  name_features(file, info, variable);
  return variable;
}

const VariableInfo& find_variable(const FileInfo& file, const std::string& name) {
  if (const auto* info = file.find(name)) return *info;
  std::vector<std::string> names;
  for (const auto& variable : file.variables)
    if (variable.type == VariableInfo::Type::number && !variable.shape.empty())
      names.push_back(variable.name);
  throw Error(ErrorKind::data, "no such variable",
              {.file = file.path,
               .variable = name,
               .hint = fmt::format("the file has {}; --inputs and --targets of prepare choose",
                                   names.empty() ? "no numeric variable"
                                                 : fmt::format("{}", fmt::join(names, ", ")))});
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

void check_column_first(const FileInfo& file, const VariableInfo& info,
                        const std::string& column_dim) {
  const base::Facts facts{.file = file.path, .variable = info.name};
  if (info.type != VariableInfo::Type::number) {
    auto named = facts;
    named.value = info.type_name;
    throw Error(ErrorKind::data, "not a numeric variable", named);
  }
  const auto place = std::find(info.dimensions.begin(), info.dimensions.end(), column_dim);
  const bool unnamed = std::all_of(info.dimensions.begin(), info.dimensions.end(),
                                   [](const std::string& name) { return name.empty(); });
  if (!info.shape.empty() && (unnamed || place == info.dimensions.begin())) return;
  auto named = facts;
  named.value = fmt::format("dimensions {}", fmt::join(info.dimensions, ", "));
  named.hint =
      "name the column dimension with --column-dim; it must come first, as ncpdq -a makes it";
  throw Error(ErrorKind::data,
              place == info.dimensions.end()
                  ? "the variable has no dimension " + column_dim
                  : "the column dimension " + column_dim + " is not the first",
              named);
}

/// What differs between a variable and the same one of the first file; empty if nothing does, or
/// one of them does not tell.
std::string difference_of(const RawVariable& variable, const RawVariable& first) {
  const auto unlike = [](const std::string& mine, const std::string& other) {
    return !mine.empty() && !other.empty() && mine != other;
  };
  if (unlike(variable.units, first.units))
    return fmt::format("{} and {}", variable.units, first.units);
  for (const auto& [mine, other] : {std::pair(&variable.feature_names, &first.feature_names),
                                    std::pair(&variable.feature_units, &first.feature_units)})
    for (std::size_t i = 0; i < std::min(mine->size(), other->size()); ++i)
      if (unlike((*mine)[i], (*other)[i])) return fmt::format("{} and {}", (*mine)[i], (*other)[i]);
  return {};
}

RawFile check_file(const FileInfo& file, RawSet& set, const std::vector<std::string>& names) {
  if (file.attributes.contains("colonnade_format"))
    throw Error(ErrorKind::data, "a prepared file, where raw files are wanted",
                {.file = file.path, .hint = "name the files that it was prepared from"});
  RawFile raw{.path = file.path, .bytes = file.bytes, .columns = -1};
  for (std::size_t v = 0; v < names.size(); ++v) {
    const auto& info = find_variable(file, names[v]);
    check_column_first(file, info, set.column_dim);
    const auto variable = raw_variable(file, info);
    if (variable.width() == 0)
      throw Error(ErrorKind::data, "the variable holds no values",
                  {.file = file.path, .variable = info.name, .value = shape_text(variable.shape)});
    if (set.variables.size() == v) set.variables.push_back(variable);
    if (variable.shape != set.variables[v].shape)
      throw Error(ErrorKind::data, "the shape differs from that in " + set.files.front().path,
                  {.file = file.path,
                   .variable = names[v],
                   .value = fmt::format("{} and {} a column", shape_text(variable.shape),
                                        shape_text(set.variables[v].shape))});
    const bool is_told = std::any_of(set.unlike.begin(), set.unlike.end(),
                                     [&](const auto& one) { return one.variable == names[v]; });
    if (auto difference = difference_of(variable, set.variables[v]);
        !is_told && !difference.empty())
      set.unlike.push_back({file.path, names[v], std::move(difference)});
    if (raw.columns < 0) raw.columns = info.shape.front();
    if (raw.columns != info.shape.front())
      throw Error(ErrorKind::data, "the variables have different numbers of columns",
                  {.file = file.path,
                   .variable = names[v],
                   .value = fmt::format("{} and {}", info.shape.front(), raw.columns)});
    raw.forms.push_back(stored_form(file, info));
  }
  return raw;
}

}  // namespace

static std::string pack(const RawSet& set) {
  nlohmann::json all;
  for (const auto& file : set.files) {
    all["files"].push_back({file.path, file.bytes, file.columns, file.forms});
  }
  all["unlike"] = nlohmann::json::array();
  for (const auto& [file, variable, difference] : set.unlike)
    all["unlike"].push_back({file, variable, difference});
  Recipe variables;
  variables.column_dim = set.column_dim;
  variables.inputs = set.variables;
  all["variables"] = variables.text();
  return all.dump();
}

static RawSet unpack(const std::string& text) {
  const auto all = nlohmann::json::parse(text);
  RawSet set;
  for (const auto& file : all.at("files"))
    set.files.push_back({file.at(0), file.at(1), file.at(2), file.at(3)});
  for (const auto& one : all.at("unlike")) set.unlike.push_back({one[0], one[1], one[2]});
  auto variables = Recipe::from_text(all.at("variables"), "");
  set.column_dim = variables.column_dim;
  set.variables = variables.inputs;
  return set;
}

RawSet RawSet::scan(const mpi::Communicator& comm, const std::vector<std::string>& paths,
                    const std::vector<std::string>& variables, const std::string& column_dim) {
  std::string packed;
  mpi::agreed_on_root(comm, "scan", [&] {
    if (paths.empty())
      throw Error(ErrorKind::usage, "no input files",
                  {.hint = "name the raw files, as in data/*.nc"});
    RawSet set;
    set.column_dim = column_dim;
    std::set<std::string> places;
    for (const auto& path : paths) {
      base::fault_site(base::FaultSite::scan, path);
      if (std::error_code absent; !places.insert(fs::weakly_canonical(path, absent)).second)
        throw Error(
            ErrorKind::usage, "the file is named twice",
            {.file = path, .hint = "its columns would count twice, in training and in test"});
      auto file = check_file(io::describe(path), set, variables);
      set.files.push_back(std::move(file));
      mpi::tick();
    }
    if (set.columns() == 0)
      throw Error(ErrorKind::data, "the files hold no columns", {.file = paths.front()});
    packed = pack(set);
  });
  return unpack(comm.broadcast(packed));
}

}  // namespace colonnade::data
