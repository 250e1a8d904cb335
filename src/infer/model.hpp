#pragma once

#include <colonnade/data/classes.hpp>
#include <colonnade/data/encoding.hpp>
#include <colonnade/nn/mlp.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::infer {

/// What a model file holds, as it stands there.
struct Record {
  std::vector<std::int64_t> widths;
  std::string activation;
  bool is_residual = false;
  std::string recipe;
  std::vector<float> weights;
};

/// Checks a model file against its seal and reads it. Throws a storage error when there is no such
/// file, and a data error naming it when it is no model, or damaged, or of a newer format.
Record read_record(const std::string& path);

/// A variable of one column.
struct Variable {
  std::string name, units;
  std::int64_t levels = 1;
};

/// A value of a variable and its place in the network's row.
struct Slot {
  std::int64_t level;
  std::size_t place;
};

/// What a name stands for: a variable, or one of its levels.
struct Part {
  std::int64_t levels = 1;  ///< that the host's array has
  std::vector<Slot> slots;  ///< of the levels that the network takes
};

/// One side of the network: variables in its order, the way to its numbers, and all names.
struct Side {
  data::Encoding encoding;
  std::vector<Variable> variables;
  std::map<std::string, Part, std::less<>> parts;
};

struct Model {
  nn::MlpShape shape;
  std::vector<float> weights;
  Side inputs, outputs;
  std::optional<data::Classes::Kind> classes{};  ///< of which the outputs are logits
};

/// Throws a data error naming `file` when the parts of the record do not fit each other.
Model make_model(Record record, const std::string& file);

/// Throws a data error naming the first input of the model that is not among `given`, or is there
/// with other levels or, where both give them, other units.
void expect_inputs(const Model& model, const std::vector<Variable>& given);

}  // namespace colonnade::infer
