#include "data/source_scan.hpp"

#include "data/raw_variable.hpp"
#include "data/source_blocks.hpp"
#include "data/source_files.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/file_groups.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;
using Role = SampleAxis::Role;

namespace {

void expect_sound(const SourceForm& form) {
  const std::set<std::string> dims(form.sample_dims.begin(), form.sample_dims.end());
  if (form.sample_dims.empty() || dims.size() != form.sample_dims.size() || dims.contains(""))
    throw Error(ErrorKind::usage, "--sample-dims wants different dimensions",
                {.value = fmt::format("{}", fmt::join(form.sample_dims, ","))});
  for (const auto& name : form.mean_over)
    if (dims.contains(name))
      throw Error(ErrorKind::usage, "a dimension is among --sample-dims and --mean-over",
                  {.value = name});
  if (form.window < 1 || form.stride < 1)
    throw Error(ErrorKind::usage, "--window and --stride want at least 1");
  if (!form.window_dim.empty() && !dims.contains(form.window_dim))
    throw Error(ErrorKind::usage, "--window-dim names none of --sample-dims",
                {.value = form.window_dim,
                 .hint = fmt::format("these are {}", fmt::join(form.sample_dims, ", "))});
}

class SourceScan {
 public:
  SourceScan(const std::vector<std::string>& inputs, const std::vector<std::string>& targets,
             const SourceOptions& options);
  RawSet run(const std::vector<std::string>& paths);

 private:
  void add_variable(const std::string& name, bool is_target);
  std::size_t add_stream(const VariableReference& variable, bool is_target);
  [[nodiscard]] std::vector<std::string> stored_names() const;
  void set_axes(const SourceFiles& files);
  SampleAxis axis_of(const io::VariableInfo& info, std::size_t axis, const std::string& file,
                     bool is_target);
  void expect_all_dims(const SourceFiles& files) const;
  void expect_alike(const SourceFiles& files, RawSet& set) const;
  [[nodiscard]] RawVariable variable_of(std::size_t number, const SourceFiles& files) const;
  static void expect_like(const SampleStream& stream, const VariableKind& first,
                          const VariableKind& kind, const std::string& path, RawSet& set);
  [[nodiscard]] static std::vector<std::size_t> feature_axes(const SampleStream& stream);
  [[nodiscard]] std::string name_of(std::size_t number) const;

  const SourceOptions& options_;
  std::vector<DerivedVariable> derived_;
  std::vector<std::string> names_;  ///< of the variables as they are asked for
  std::vector<StreamPlan> plans_;   ///< one a stream
  Sampling sampling_;
  std::set<std::string> mean_found_;
  std::set<std::string> dimensions_;  ///< all that were seen
};

SourceScan::SourceScan(const std::vector<std::string>& inputs,
                       const std::vector<std::string>& targets, const SourceOptions& options)
    : options_(options), derived_(derived_variables(options.form.derive)) {
  expect_sound(options.form);
  sampling_.form = options.form;
  sampling_.form.inputs = inputs;
  for (const auto& name : options.form.sample_dims) sampling_.dims.push_back({name, -1});
  sampling_.dims.front().length = 0;
  for (const auto& name : inputs) add_variable(name, false);
  for (const auto& name : targets) add_variable(name, true);
  for (const auto& mask : sample_masks(options.form.mask))
    sampling_.mask_streams.push_back(add_stream(mask.variable, false));
}

std::size_t SourceScan::add_stream(const VariableReference& variable, bool is_target) {
  plans_.push_back({variable, is_target});
  sampling_.streams.push_back({.variable = variable.name, .axes = {}, .chunk = {}});
  return sampling_.streams.size() - 1;
}

void SourceScan::add_variable(const std::string& name, bool is_target) {
  names_.push_back(name);
  auto& terms = sampling_.variables.emplace_back();
  if (is_target && name == label_name && !options_.label.empty()) return;
  const auto found = std::find_if(derived_.begin(), derived_.end(),
                                  [&](const auto& one) { return one.name == name; });
  if (found == derived_.end()) {
    terms.push_back({add_stream(VariableReference::parse(name), is_target), 1.0F});
  } else {
    terms.push_back({add_stream(found->minuend, is_target), 1.0F});
    terms.push_back({add_stream(found->subtrahend, is_target), -1.0F});
  }
}

std::vector<std::string> SourceScan::stored_names() const {
  std::set<std::string> names;
  for (const auto& plan : plans_) names.insert(plan.variable.name);
  return {names.begin(), names.end()};
}

SampleAxis SourceScan::axis_of(const io::VariableInfo& info, std::size_t axis,
                               const std::string& file, bool is_target) {
  const auto& form = options_.form;
  const auto& name = info.dimensions[axis];
  SampleAxis found{.length = info.shape[axis]};
  if (name.empty())
    throw Error(ErrorKind::data, "the variable's dimensions have no names",
                {.file = file,
                 .variable = info.name,
                 .hint = "--sample-dims goes by names; give the file dimension scales"});
  dimensions_.insert(name);
  if (std::find(form.mean_over.begin(), form.mean_over.end(), name) != form.mean_over.end()) {
    mean_found_.insert(name);
    found.role = Role::mean;
  }
  const auto dim = std::find(form.sample_dims.begin(), form.sample_dims.end(), name);
  if (dim == form.sample_dims.end()) return found;
  found.role = Role::sample;
  found.dim = static_cast<std::size_t>(dim - form.sample_dims.begin());
  if (found.dim == 0) return found;
  std::int64_t samples = found.length;
  if (name == form.window_dim) {
    if (found.length < form.window)
      throw Error(ErrorKind::data, "the window is longer than the data",
                  {.file = file,
                   .variable = info.name,
                   .value = fmt::format("{} steps along {}, --window {}", found.length, name,
                                        form.window)});
    samples = (found.length - form.window) / form.stride + 1;
    found.step = form.stride;
    found.extent = is_target ? 1 : form.window;
    found.offset = is_target ? form.window - 1 : 0;
  }
  auto& length = sampling_.dims[found.dim].length;
  if (length < 0) length = samples;
  if (length != samples)
    throw Error(ErrorKind::data, "the sample dimension has different lengths",
                {.file = file,
                 .variable = info.name,
                 .value = fmt::format("{} {} and {}", name, samples, length)});
  return found;
}

void SourceScan::set_axes(const SourceFiles& files) {
  for (std::size_t s = 0; s < plans_.size(); ++s) {
    auto& plan = plans_[s];
    const auto held = files.holders(0, plan.variable);
    if (held.empty()) files.refuse_absent(0, plan.variable);
    const auto& kind = files.kinds()[held.front().kind];
    const auto& info = kind.info();
    auto& stream = sampling_.streams[s];
    stream.chunk = info.chunk;
    for (std::size_t axis = 0; axis < info.shape.size(); ++axis) {
      stream.axes.push_back(axis_of(info, axis, kind.file.path, plan.is_target));
      const auto& made = stream.axes.back();
      plan.has_first_dim |= made.role == Role::sample && made.dim == 0;
    }
  }
}

void SourceScan::expect_all_dims(const SourceFiles& files) const {
  const auto refuse = [&](const std::string& name, const char* option) {
    throw Error(ErrorKind::usage, fmt::format("no variable has the dimension of {}", option),
                {.file = files.files().front().path,
                 .value = name,
                 .hint = fmt::format("the variables have {}", fmt::join(dimensions_, ", "))});
  };
  for (const auto& dim : sampling_.dims)
    if (dim.length < 0) refuse(dim.name, "--sample-dims");
  for (const auto& name : options_.form.mean_over)
    if (!mean_found_.contains(name)) refuse(name, "--mean-over");
}

/// All files that hold a stream's variable have its dimensions, and say the same of it.
void SourceScan::expect_alike(const SourceFiles& files, RawSet& set) const {
  for (std::size_t s = 0; s < plans_.size(); ++s) {
    std::map<std::size_t, std::size_t> first_files;  // by kind
    for (std::size_t group = 0; group < files.groups().size(); ++group)
      for (const auto& held : files.holders(group, plans_[s].variable))
        first_files.emplace(held.kind, held.file);
    const auto& first = files.kinds()[files.holders(0, plans_[s].variable).front().kind];
    for (const auto& [kind, file] : first_files)
      expect_like(sampling_.streams[s], first, files.kinds()[kind], files.files()[file].path, set);
  }
}

void SourceScan::expect_like(const SampleStream& stream, const VariableKind& first,
                             const VariableKind& kind, const std::string& path, RawSet& set) {
  auto shape = kind.info().shape;
  for (std::size_t axis = 0; axis < std::min(shape.size(), stream.axes.size()); ++axis)
    if (stream.axes[axis].role == Role::sample && stream.axes[axis].dim == 0)
      shape[axis] = first.info().shape[axis];
  if (kind.info().dimensions != first.info().dimensions || shape != first.info().shape)
    throw Error(
        ErrorKind::data, "the shape differs from that in " + first.file.path,
        {.file = path,
         .variable = stream.variable,
         .value = fmt::format("{} and {}", shape_text(kind.info()), shape_text(first.info()))});
  const auto axes = feature_axes(stream);
  if (auto difference = difference_of(raw_variable(kind.file, kind.info(), axes),
                                      raw_variable(first.file, first.info(), axes));
      !difference.empty())
    set.unlike.push_back({path, stream.variable, std::move(difference)});
}

std::vector<std::size_t> SourceScan::feature_axes(const SampleStream& stream) {
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < stream.axes.size(); ++axis)
    if (stream.axes[axis].role == Role::feature) axes.push_back(axis);
  return axes;
}

/// Without the @VALUE where the name alone is clear.
std::string SourceScan::name_of(std::size_t number) const {
  const auto bare = VariableReference::parse(names_[number]).name;
  const auto same = std::count_if(names_.begin(), names_.end(), [&](const std::string& other) {
    return VariableReference::parse(other).name == bare;
  });
  return same == 1 ? bare : names_[number];
}

RawVariable SourceScan::variable_of(std::size_t number, const SourceFiles& files) const {
  const auto& terms = sampling_.variables[number];
  if (terms.empty())
    return {.name = label_name,
            .shape = {},
            .dimensions = {},
            .feature_names = {},
            .feature_units = {},
            .units = "1",
            .long_name = "label of the file's group"};
  const auto& stream = sampling_.streams[terms.front().stream];
  const auto& plan = plans_[terms.front().stream];
  const auto& kind = files.kinds()[files.holders(0, plan.variable).front().kind];
  auto variable = raw_variable(kind.file, kind.info(), feature_axes(stream));
  variable.name = name_of(number);
  const auto put_first = [&](std::int64_t length, const std::string& dimension) {
    if (length == 1) return;
    variable.shape.insert(variable.shape.begin(), length);
    variable.dimensions.insert(variable.dimensions.begin(), dimension);
  };
  for (const auto& axis : stream.axes)
    if (axis.role == Role::sample) put_first(axis.extent, sampling_.dims[axis.dim].name);
  put_first(stream.slots, sampling_.dims.front().name);
  if (variable.width() != stream.width() * stream.slots || variable.width() == 0)
    throw Error(ErrorKind::data, "the variable holds no values",
                {.file = kind.file.path, .variable = stream.variable});
  return variable;
}

RawSet SourceScan::run(const std::vector<std::string>& paths) {
  const SourceFiles files(options_, paths, stored_names());
  set_axes(files);
  expect_all_dims(files);
  RawSet set;
  expect_alike(files, set);
  std::vector<double> labels;
  if (!options_.label.empty()) labels = Labels::parse(options_.label).of(files.groups());
  lay_blocks(files, plans_, labels, sampling_);
  if (sampling_.samples() == 0)
    throw Error(ErrorKind::data, "the files hold no samples", {.file = paths.front()});
  for (std::size_t number = 0; number < names_.size(); ++number) {
    set.variables.push_back(variable_of(number, files));
    for (const auto& term : sampling_.variables[number])
      if (sampling_.streams[term.stream].width() * sampling_.streams[term.stream].slots !=
          set.variables.back().width())
        throw Error(ErrorKind::data, "a difference of variables of different shapes",
                    {.variable = names_[number]});
  }
  set.files = files.files();
  set.column_dim = options_.form.sample_dims.front();
  for (const auto& kind : files.kinds()) sampling_.forms.push_back(kind.form);
  sampling_.groups = files.groups();
  sampling_.unused = files.unused();
  set.sampling = std::move(sampling_);
  return set;
}

}  // namespace

RawSet scan_source(const std::vector<std::string>& paths, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& targets, const SourceOptions& options) {
  return SourceScan(inputs, targets, options).run(paths);
}

}  // namespace colonnade::data
