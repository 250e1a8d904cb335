#include "data/source_blocks.hpp"

#include <colonnade/base/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

/// The files of a group that hold a variable, and how many steps of the first dimension each has.
struct Sequence {
  std::vector<SourceFiles::Held> files;
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> begins{};  ///< the first step of each file
  std::int64_t steps = 0;
  bool is_constant = false;  ///< one file without steps, which counts for all
};

class GroupBlocks {
 public:
  GroupBlocks(const SourceFiles& files, const std::vector<StreamPlan>& plans, std::size_t group,
              Sampling& sampling);
  void add(double label);

 private:
  [[nodiscard]] bool is_windowed() const;
  void repeat_in_file(Sequence& sequence, const StreamPlan& plan) const;
  void expect_side_by_side() const;
  void expect_same_steps(const Sequence& sequence, const StreamPlan& plan) const;
  void add_files(double label);
  void add_windows(double label);
  [[nodiscard]] static SamplePart part_at(const Sequence& sequence, std::int64_t step);
  [[nodiscard]] std::string in_group() const;

  const SourceFiles& files_;
  const std::vector<StreamPlan>& plans_;
  std::size_t group_;
  Sampling& sampling_;
  std::vector<Sequence> sequences_;
  const Sequence* first_ = nullptr;  ///< the first that is not constant
  const StreamPlan* first_plan_ = nullptr;
};

GroupBlocks::GroupBlocks(const SourceFiles& files, const std::vector<StreamPlan>& plans,
                         std::size_t group, Sampling& sampling)
    : files_(files), plans_(plans), group_(group), sampling_(sampling) {
  for (const auto& plan : plans_) {
    Sequence sequence{.files = files_.holders(group, plan.variable), .lengths = {}};
    if (sequence.files.empty()) files_.refuse_absent(group, plan.variable);
    for (const auto& held : sequence.files) {
      const auto& info = files_.kinds()[held.kind].info();
      const auto place = std::find(info.dimensions.begin(), info.dimensions.end(),
                                   sampling_.form.sample_dims.front());
      sequence.lengths.push_back(
          plan.has_first_dim ? info.shape[static_cast<std::size_t>(place - info.dimensions.begin())]
                             : 1);
      sequence.begins.push_back(sequence.steps);
      sequence.steps += sequence.lengths.back();
    }
    sequence.is_constant = !plan.has_first_dim && sequence.files.size() == 1;
    sequences_.push_back(std::move(sequence));
  }
  // The first variable that tells the steps: one that has the dimension, else one of several files.
  std::size_t first = 0;
  const auto tells = [&](std::size_t s) {
    return plans_[s].has_first_dim ? 2 : sequences_[s].is_constant ? 0 : 1;
  };
  for (std::size_t s = 1; s < sequences_.size(); ++s)
    if (tells(s) > tells(first)) first = s;
  first_ = &sequences_[first];
  first_plan_ = &plans_[first];
  for (std::size_t s = 0; s < sequences_.size(); ++s) repeat_in_file(sequences_[s], plans_[s]);
}

/// A variable without the first dimension counts for all steps of its file.
void GroupBlocks::repeat_in_file(Sequence& sequence, const StreamPlan& plan) const {
  if (plan.has_first_dim || !first_plan_->has_first_dim || sequence.is_constant ||
      sequence.files.size() != first_->files.size())
    return;
  sequence.lengths = first_->lengths;
  sequence.begins = first_->begins;
  sequence.steps = first_->steps;
}

std::string GroupBlocks::in_group() const {
  const auto& key = files_.groups()[group_];
  return key.empty() ? "" : " in group " + key;
}

bool GroupBlocks::is_windowed() const {
  const auto& form = sampling_.form;
  return (form.window > 1 || form.stride > 1) &&
         (form.window_dim.empty() || form.window_dim == form.sample_dims.front());
}

void GroupBlocks::expect_same_steps(const Sequence& sequence, const StreamPlan& plan) const {
  const bool same =
      is_windowed() ? sequence.steps == first_->steps : sequence.lengths == first_->lengths;
  if (!same)
    throw Error(ErrorKind::data,
                fmt::format("the variables have different steps along {}{}",
                            sampling_.form.sample_dims.front(), in_group()),
                {.file = files_.files()[sequence.files.back().file].path,
                 .variable = plan.variable.text(),
                 .value = fmt::format("{} steps, and {} of {}", sequence.steps, first_->steps,
                                      first_plan_->variable.text()),
                 .hint = "each step wants a file with each variable; --where leaves files out"});
}

/// Files of the same step differ in what tells products apart, never in what tells steps apart.
void GroupBlocks::expect_side_by_side() const {
  std::set<std::string> of_steps;
  for (std::size_t i = 1; i < first_->files.size(); ++i)
    for (auto& name : files_.differing_fields(first_->files[i - 1].file, first_->files[i].file))
      of_steps.insert(std::move(name));
  for (std::size_t s = 0; s < sequences_.size(); ++s) {
    const auto& sequence = sequences_[s];
    if (sequence.is_constant) continue;
    expect_same_steps(sequence, plans_[s]);
    if (sequence.files.size() != first_->files.size()) continue;
    for (std::size_t i = 0; i < sequence.files.size(); ++i)
      for (const auto& name :
           files_.differing_fields(first_->files[i].file, sequence.files[i].file))
        if (of_steps.contains(name))
          throw Error(ErrorKind::data,
                      fmt::format("files of different steps would lie side by side{}", in_group()),
                      {.file = files_.files()[sequence.files[i].file].path,
                       .variable = plans_[s].variable.text(),
                       .value = fmt::format("{} {}, beside {} in {}", name,
                                            files_.field(sequence.files[i].file, name),
                                            files_.field(first_->files[i].file, name),
                                            files_.files()[first_->files[i].file].path),
                       .hint = "each step wants a file with each variable; --where leaves files "
                               "out"});
  }
}

SamplePart GroupBlocks::part_at(const Sequence& sequence, std::int64_t step) {
  if (sequence.is_constant) step = 0;
  const auto after = std::upper_bound(sequence.begins.begin(), sequence.begins.end(), step);
  const auto i = static_cast<std::size_t>(after - sequence.begins.begin()) - 1;
  return {static_cast<std::int64_t>(sequence.files[i].file),
          static_cast<std::int64_t>(sequence.files[i].kind), step - sequence.begins[i],
          sequence.lengths[i]};
}

void GroupBlocks::add_files(double label) {
  auto& dims = sampling_.dims;
  for (std::size_t i = 0; i < first_->files.size(); ++i) {
    SampleBlock block{dims.front().length, first_->lengths[i], static_cast<std::int64_t>(group_),
                      label};
    for (const auto& sequence : sequences_) {
      const auto& held = sequence.files[sequence.is_constant ? 0 : i];
      block.parts.push_back({static_cast<std::int64_t>(held.file),
                             static_cast<std::int64_t>(held.kind), 0,
                             sequence.lengths[sequence.is_constant ? 0 : i]});
    }
    dims.front().length += block.length;
    sampling_.blocks.push_back(std::move(block));
  }
}

void GroupBlocks::add_windows(double label) {
  const auto& form = sampling_.form;
  if (first_->steps < form.window)
    throw Error(ErrorKind::data, fmt::format("the window is longer than the data{}", in_group()),
                {.file = files_.files()[first_->files.front().file].path,
                 .value = fmt::format("{} steps along {}, --window {}", first_->steps,
                                      form.sample_dims.front(), form.window),
                 .hint = "use a shorter --window, or leave the group out with --where"});
  for (std::size_t s = 0; s < plans_.size(); ++s) {
    auto& stream = sampling_.streams[s];
    const std::int64_t slots = sequences_[s].is_constant || plans_[s].is_target ? 1 : form.window;
    if (group_ > 0 && stream.slots != slots)
      throw Error(ErrorKind::data,
                  fmt::format("a single file holds the variable{}, but not in the other groups",
                              in_group()),
                  {.file = files_.files()[sequences_[s].files.front().file].path,
                   .variable = plans_[s].variable.text()});
    stream.slots = slots;
  }
  const std::int64_t windows = (first_->steps - form.window) / form.stride + 1;
  for (std::int64_t w = 0; w < windows; ++w) {
    SampleBlock block{sampling_.dims.front().length++, 1, static_cast<std::int64_t>(group_), label};
    for (std::size_t s = 0; s < plans_.size(); ++s) {
      const std::int64_t last = w * form.stride + form.window;
      for (std::int64_t slot = sampling_.streams[s].slots; slot > 0; --slot)
        block.parts.push_back(part_at(sequences_[s], last - slot));
    }
    sampling_.blocks.push_back(std::move(block));
  }
  sampling_.left_over += first_->steps - ((windows - 1) * form.stride + form.window);
}

void GroupBlocks::add(double label) {
  expect_side_by_side();
  if (is_windowed())
    add_windows(label);
  else
    add_files(label);
}

}  // namespace

void lay_blocks(const SourceFiles& files, const std::vector<StreamPlan>& plans,
                const std::vector<double>& labels, Sampling& sampling) {
  for (std::size_t group = 0; group < files.groups().size(); ++group)
    GroupBlocks(files, plans, group, sampling).add(labels.empty() ? 0.0 : labels[group]);
}

}  // namespace colonnade::data
