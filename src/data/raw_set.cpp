#include "data/raw_variable.hpp"
#include "data/source_scan.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/raw_set.hpp>
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
  if (text == "drop" || text == "drop-any") return {Kind::drop, 0.0F};
  const std::string drop_all = "drop-all";
  MissingPolicy policy{Kind::fill, 0.0F};
  auto rest = text;
  if (text.rfind(drop_all, 0) == 0) {
    policy.kind = Kind::drop_all;
    policy.hint = "use --missing drop-any or --missing drop-all,fill=VALUE";
    if (text == drop_all) return policy;
    rest = text.substr(drop_all.size() + (text[drop_all.size()] == ',' ? 1 : 0));
    policy.fills_rest = true;
  }
  if (rest.rfind("fill=", 0) == 0) {
    std::istringstream number(rest.substr(5));
    if (number >> policy.fill && number.eof() && std::isfinite(policy.fill)) return policy;
  }
  throw Error(ErrorKind::usage, "not a policy for missing values",
              {.value = text,
               .hint = "--missing takes fail, drop-any, drop-all, drop-all,fill=NUMBER or "
                       "fill=NUMBER"});
}

std::int64_t RawSet::columns() const {
  if (sampling) return sampling->samples();
  std::int64_t count = 0;
  for (const auto& file : files) count += file.columns;
  return count;
}

std::vector<io::Dimension> RawSet::sample_dimensions() const {
  if (!sampling) return {{column_dim, columns()}};
  auto dims = sampling->dims;
  if (dims.size() > 1 && dims.front().length == 1) dims.erase(dims.begin());
  return dims;
}

std::int64_t RawSet::width() const {
  std::int64_t values = 0;
  for (const auto& variable : variables) values += variable.width();
  return values;
}

std::size_t RawSet::variable_at(std::int64_t place) const {
  std::size_t variable = 0;
  for (; place >= variables[variable].width(); ++variable) place -= variables[variable].width();
  return variable;
}

RawSet::Place RawSet::place_of(std::int64_t column, std::size_t variable) const {
  if (sampling) return {files[sampling->file_of(column, variable)].path, column};
  std::size_t file = 0;
  for (; file + 1 < files.size() && column >= files[file].columns; ++file)
    column -= files[file].columns;
  return {files[file].path, column};
}

void RawSet::expect_no_input(const std::string& path) const {
  std::vector<std::string> inputs;
  for (const auto& file : files) inputs.push_back(file.path);
  io::expect_no_input(path, inputs);
}

void RawSet::expect_all_used() const {
  if (!sampling || sampling->unused.empty()) return;
  throw Error(ErrorKind::data, "the file holds none of the variables",
              {.file = sampling->unused.front(),
               .value = fmt::format("{} such files", sampling->unused.size()),
               .hint = "name the files without it, or leave it out with --where"});
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

RawFile check_file(const FileInfo& file, RawSet& set, const std::vector<std::string>& names) {
  if (file.attributes.contains("colonnade_format"))
    throw Error(ErrorKind::data, "a prepared file, where raw files are wanted",
                {.file = file.path, .hint = "name the files that it was prepared from"});
  RawFile raw{.path = file.path, .bytes = file.bytes, .columns = -1};
  for (std::size_t v = 0; v < names.size(); ++v) {
    const auto& info = find_variable(file, names[v]);
    check_column_first(file, info, set.column_dim);
    const auto variable = raw_variable(file, info, axes_behind_first(info));
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
  if (set.sampling) all["sampling"] = *set.sampling;
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
  if (all.contains("sampling")) set.sampling = all["sampling"].get<Sampling>();
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

RawSet RawSet::scan(const mpi::Communicator& comm, const std::vector<std::string>& paths,
                    const std::vector<std::string>& inputs, const std::vector<std::string>& targets,
                    const SourceOptions& options) {
  std::string packed;
  mpi::agreed_on_root(comm, "scan",
                      [&] { packed = pack(scan_source(paths, inputs, targets, options)); });
  return unpack(comm.broadcast(packed));
}

}  // namespace colonnade::data
