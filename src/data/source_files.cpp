#include "data/source_files.hpp"

#include "data/raw_variable.hpp"
#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/file_groups.hpp>
#include <colonnade/mpi/activity.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

namespace colonnade::data {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

void expect_each_once(const std::vector<std::string>& paths) {
  if (paths.empty())
    throw Error(ErrorKind::usage, "no input files",
                {.hint = "name the raw files, as in data/*.nc"});
  std::set<std::string> places;
  for (const auto& path : paths)
    if (std::error_code absent; !places.insert(fs::weakly_canonical(path, absent)).second)
      throw Error(ErrorKind::usage, "the file is named twice",
                  {.file = path, .hint = "its samples would count twice, in training and in test"});
}

}  // namespace

SourceFiles::SourceFiles(const SourceOptions& options, const std::vector<std::string>& paths,
                         const std::vector<std::string>& variables) {
  expect_each_once(paths);
  auto chosen = paths;
  if (!options.form.name_fields.empty()) names_ = NameFields::parse(options.form.name_fields);
  if (!names_ && !(options.where.empty() && options.form.group_by.empty() && options.label.empty()))
    throw Error(ErrorKind::usage, "--where, --group-by and --label want --name-fields",
                {.hint = "say what the files' names tell, as in --name-fields product,year,day"});
  if (!options.where.empty())
    chosen = Where::parse(options.where, *names_, "--where").filter(chosen, *names_);
  for (const auto& path : chosen) read_header(path, variables);
  group(options);
}

void SourceFiles::read_header(const std::string& path, const std::vector<std::string>& variables) {
  base::fault_site(base::FaultSite::scan, path);
  const auto file = io::describe(path);
  if (file.attributes.contains("colonnade_format"))
    throw Error(ErrorKind::data, "a prepared file, where raw files are wanted",
                {.file = path, .hint = "name the files that it was prepared from"});
  files_.push_back({.path = path, .bytes = file.bytes, .columns = 0});
  fields_.push_back(names_ ? names_->of(path) : Fields{});
  auto& held = held_.emplace_back();
  for (const auto& name : variables)
    if (const auto* info = file.find(name)) held.emplace(name, kind_of(file, *info));
  mpi::tick();
}

std::size_t SourceFiles::kind_of(const io::FileInfo& file, const io::VariableInfo& info) {
  if (info.type != io::VariableInfo::Type::number)
    throw Error(ErrorKind::data, "not a numeric variable",
                {.file = file.path, .variable = info.name, .value = info.type_name});
  const auto form = stored_form(file, info);
  auto placeless = form;
  placeless.floats = {};
  const auto key =
      nlohmann::json{info.name,      info.shape,      info.dimensions,        info.chunk,
                     info.type_name, info.attributes, info.number_attributes, placeless,
                     file.texts}
          .dump();
  const auto [place, is_new] = kind_places_.try_emplace(key, kinds_.size());
  if (is_new) {
    io::FileInfo alone{.path = file.path,
                       .format = file.format,
                       .bytes = file.bytes,
                       .variables = {info},
                       .texts = file.texts,
                       .attributes = {}};
    for (const auto& [name, texts] : file.texts)
      if (name != info.name) alone.variables.push_back(*file.find(name));
    kinds_.push_back({std::move(alone), placeless});
  }
  return place->second;
}

void SourceFiles::group(const SourceOptions& options) {
  std::vector<std::size_t> order(files_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (names_)
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      for (const auto& name : names_->names()) {
        const auto &left = fields_[a].at(name), &right = fields_[b].at(name);
        if (left != right) return comes_before(left, right);
      }
      return false;
    });
  groups_ = {""};
  std::vector<std::int64_t> of_file(files_.size(), 0);
  if (!options.form.group_by.empty()) {
    std::vector<std::string> paths;
    for (const auto& file : files_) paths.push_back(file.path);
    auto groups = group_files(paths, *names_, options.form.group_by);
    groups_ = std::move(groups.keys);
    of_file = std::move(groups.of_file);
  }
  group_files_.resize(groups_.size());
  for (const auto file : order)
    group_files_[static_cast<std::size_t>(of_file[file])].push_back(file);
}

std::vector<SourceFiles::Held> SourceFiles::holders(std::size_t group,
                                                    const VariableReference& variable) const {
  std::vector<Held> found;
  for (const auto file : group_files_[group]) {
    const auto& fields = fields_[file];
    if (!variable.value.empty() &&
        std::none_of(fields.begin(), fields.end(),
                     [&](const auto& field) { return same_value(field.second, variable.value); }))
      continue;
    if (const auto held = held_[file].find(variable.name); held != held_[file].end())
      found.push_back({file, held->second});
  }
  return found;
}

void SourceFiles::refuse_absent(std::size_t group, const VariableReference& variable) const {
  const auto first = group_files_[group].front();
  const auto& path = files_[first].path;
  const auto where = groups_[group].empty() ? std::string() : " of group " + groups_[group];
  if (variable.value.empty() && groups_.size() == 1 && group_files_[group].size() == 1)
    static_cast<void>(find_variable(io::describe(path), variable.name));
  throw Error(ErrorKind::data, fmt::format("no file{} holds the variable", where),
              {.file = path,
               .variable = variable.text(),
               .hint = variable.value.empty()
                           ? "inspect lists the variables of a file; --where leaves files out"
                           : "NAME@VALUE takes NAME from the files of which a --name-fields field "
                             "is VALUE"});
}

std::vector<std::string> SourceFiles::unused() const {
  std::vector<std::string> paths;
  for (std::size_t file = 0; file < files_.size(); ++file)
    if (held_[file].empty()) paths.push_back(files_[file].path);
  return paths;
}

std::vector<std::string> SourceFiles::differing_fields(std::size_t file, std::size_t other) const {
  std::vector<std::string> names;
  for (const auto& [name, value] : fields_[file])
    if (!same_value(value, fields_[other].at(name))) names.push_back(name);
  return names;
}

}  // namespace colonnade::data
