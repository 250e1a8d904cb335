#include <colonnade/base/error.hpp>
#include <colonnade/nn/probability.hpp>

#include <fmt/format.h>
#include <infer/runner.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace colonnade::infer {

using base::Error;
using base::ErrorKind;

namespace {

constexpr std::int64_t columns_limit = std::int64_t{1} << 24;

std::int64_t checked_columns(std::int64_t columns) {
  if (columns < 1 || columns > columns_limit)
    throw Error(ErrorKind::usage, "not a number of columns for a runner",
                {.value = fmt::format("{}, not 1 to {}", columns, columns_limit)});
  return columns;
}

std::size_t size_of(std::int64_t rows, const Side& side) {
  return static_cast<std::size_t>(rows) * side.encoding.width();
}

template <typename Value>
void expect_room(const Field<Value>& field, std::int64_t most, std::string_view name) {
  if (field.data == nullptr && field.columns != 0)
    throw Error(ErrorKind::usage, "the array is null", {.variable = std::string(name)});
  if (field.columns < 0 || field.columns > most)
    throw Error(ErrorKind::usage, "the runner has not so many columns",
                {.variable = std::string(name),
                 .value = fmt::format("{}, not 0 to {}", field.columns, most)});
}

void expect_levels(const Part& part, std::int64_t levels, std::string_view name) {
  if (part.levels != levels)
    throw Error(
        ErrorKind::data, "the array has not the levels that the model's variable has",
        {.variable = std::string(name), .value = fmt::format("{} and {}", levels, part.levels)});
}

/// Throws a numeric error that names the first value of (columns, width) which is not finite.
void expect_finite(std::span<const float> rows, const Side& side, const char* what) {
  const auto is_bad = [](float value) { return !std::isfinite(value); };
  int bad = 0;
  for (const float value : rows) bad |= static_cast<int>(is_bad(value));
  if (bad == 0) return;
  const auto at =
      static_cast<std::size_t>(std::find_if(rows.begin(), rows.end(), is_bad) - rows.begin());
  const std::size_t width = side.encoding.width();
  throw Error(ErrorKind::numeric, what,
              {.variable = side.encoding.features[at % width].name,
               .column = static_cast<std::int64_t>(at / width),
               .value = fmt::format("{}", rows[at])});
}

/// Each value of a field and its place in rows (columns, width), in blocks that stay in the cache.
template <typename Value, typename Work>
void each_value(const Field<Value>& field, const Part& part, std::size_t width, Work work) {
  constexpr std::int64_t at_once = 16;
  for (std::int64_t first = 0; first < field.columns; first += at_once)
    for (const Slot& slot : part.slots)
      for (std::int64_t c = first; c < std::min(first + at_once, field.columns); ++c)
        work(field.data[c * field.column_stride + slot.level * field.level_stride],
             static_cast<std::size_t>(c) * width + slot.place);
}

}  // namespace

Runner::Runner(std::shared_ptr<const Model> model, std::int64_t most_columns)
    : model_(std::move(model)),
      most_columns_(checked_columns(most_columns)),
      encoder_(model_->inputs.encoding),
      decoder_(model_->outputs.encoding),
      network_(model_->shape, model_->weights),
      x_(size_of(Network::padded(most_columns), model_->inputs)),
      y_(size_of(most_columns, model_->outputs)),
      set_columns_(model_->inputs.encoding.width(), -1) {}

template <typename Value>
void Runner::set_input(std::string_view name, const Field<const Value>& field) {
  const auto found = model_->inputs.parts.find(name);
  if (found == model_->inputs.parts.end()) return;
  expect_room(field, most_columns_, name);
  expect_levels(found->second, field.levels, name);
  each_value(field, found->second, model_->inputs.encoding.width(),
             [&](Value value, std::size_t at) { x_.data()[at] = static_cast<float>(value); });
  for (const Slot& slot : found->second.slots) set_columns_[slot.place] = field.columns;
}

void Runner::expect_set(std::int64_t columns) const {
  if (columns < 0 || columns > most_columns_)
    throw Error(ErrorKind::usage, "the runner has not so many columns",
                {.value = fmt::format("{}, not 0 to {}", columns, most_columns_)});
  const auto missing = std::find_if(set_columns_.begin(), set_columns_.end(),
                                    [&](std::int64_t set) { return set != columns; });
  if (missing == set_columns_.end()) return;
  const auto place = static_cast<std::size_t>(missing - set_columns_.begin());
  throw Error(
      ErrorKind::data, "the model wants an input that was not given for this run",
      {.variable = model_->inputs.encoding.features[place].name,
       .value = *missing < 0 ? "not set since the last run"
                             : fmt::format("set for {} columns, not {}", *missing, columns)});
}

void Runner::encode(std::int64_t columns) {
  const auto rows = x_.span().first(size_of(columns, model_->inputs));
  encoder_.transform(rows);
  encoder_.normalise(rows);
  // Afterwards, since a transform may fill in for what is not a number.
  expect_finite(rows, model_->inputs, "the input is not a finite number");
}

void Runner::run(std::int64_t columns) {
  run_columns_ = 0;
  expect_set(columns);
  std::fill(set_columns_.begin(), set_columns_.end(), -1);
  encode(columns);
  network_.run(x_.data(), columns, y_.data());
  const auto rows = y_.span().first(size_of(columns, model_->outputs));
  if (!model_->classes) decoder_.decode(rows);
  expect_finite(rows, model_->outputs, "the prediction is not a finite number");
  if (model_->classes == data::Classes::Kind::one)
    nn::softmax(rows, model_->outputs.encoding.width());
  else if (model_->classes)
    nn::sigmoid(rows);
  run_columns_ = columns;
}

template <typename Value>
void Runner::get_output(std::string_view name, const Field<Value>& field) const {
  const auto found = model_->outputs.parts.find(name);
  if (found == model_->outputs.parts.end())
    throw Error(ErrorKind::usage, "the model has no such output", {.variable = std::string(name)});
  expect_room(field, run_columns_, name);
  expect_levels(found->second, field.levels, name);
  each_value(field, found->second, model_->outputs.encoding.width(),
             [&](Value& value, std::size_t at) { value = static_cast<Value>(y_.data()[at]); });
}

template void Runner::set_input(std::string_view, const Field<const float>&);
template void Runner::set_input(std::string_view, const Field<const double>&);
template void Runner::get_output(std::string_view, const Field<float>&) const;
template void Runner::get_output(std::string_view, const Field<double>&) const;

}  // namespace colonnade::infer
