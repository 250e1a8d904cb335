#include "train/onnx_graph.hpp"

#include <colonnade/base/error.hpp>

#include <fmt/format.h>
#include <onnx/onnx.pb.h>

#include <bit>
#include <limits>
#include <map>

namespace colonnade::train {

// TensorProto's raw_data is little-endian.
static_assert(std::endian::native == std::endian::little);

struct OnnxGraph::Messages {
  onnx::ModelProto model;
  std::string column_dim;
  int nodes = 0, constants = 0;
  std::map<float, std::string> scalars{};  ///< by value

  onnx::NodeProto& add(const std::string& op, const std::vector<std::string>& inputs) {
    auto& node = *model.mutable_graph()->add_node();
    node.set_op_type(op);
    node.set_name(fmt::format("/{}_{}", op, ++nodes));
    for (const auto& input : inputs) node.add_input(input);
    return node;
  }

  static std::string add_result(onnx::NodeProto& node) {
    node.add_output(fmt::format("{}/{}", node.name(), node.output_size()));
    return node.output(node.output_size() - 1);
  }

  static void set(onnx::NodeProto& node, const char* name, std::int64_t value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }

  template <typename T>
  std::string initialise(const std::string& name, onnx::TensorProto::DataType type,
                         const Shape& shape, std::span<const T> values) {
    auto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const auto length : shape) tensor.add_dims(length);
    tensor.set_raw_data(values.data(), values.size_bytes());
    return name;
  }

  void describe(onnx::ValueInfoProto& value, const std::string& name, const Shape& shape,
                const std::string& about) const {
    value.set_name(name);
    value.set_doc_string(about);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    tensor.mutable_shape()->add_dim()->set_dim_param(column_dim);
    for (const auto length : shape) tensor.mutable_shape()->add_dim()->set_dim_value(length);
  }
};

OnnxGraph::OnnxGraph(int opset, const std::string& column_dim)
    : messages_(std::make_unique<Messages>()) {
  messages_->column_dim = column_dim;
  auto& model = messages_->model;
  // The format of the time of the operators: the oldest runtimes that know these take it.
  model.set_ir_version(7);
  auto& set = *model.add_opset_import();
  set.set_domain("");
  set.set_version(opset);
  model.set_producer_name("colonnade");
  model.mutable_graph()->set_name("emulator");
}

OnnxGraph::~OnnxGraph() = default;

void OnnxGraph::input(const std::string& name, const Shape& shape, const std::string& about) {
  messages_->describe(*messages_->model.mutable_graph()->add_input(), name, shape, about);
}

void OnnxGraph::output(const std::string& name, const std::string& rows, const Shape& shape,
                       const std::string& about) {
  messages_->describe(*messages_->model.mutable_graph()->add_output(), name, shape, about);
  Shape stored{0};  // as many columns as there are
  stored.insert(stored.end(), shape.begin(), shape.end());
  messages_->add("Reshape", {rows, constant(stored)}).add_output(name);
}

void OnnxGraph::describe(const std::string& key, const std::string& text) {
  auto& pair = *messages_->model.add_metadata_props();
  pair.set_key(key);
  pair.set_value(text);
}

std::string OnnxGraph::node(const std::string& op, const std::vector<std::string>& inputs) {
  return Messages::add_result(messages_->add(op, inputs));
}

std::string OnnxGraph::layer(const std::string& rows, const std::string& weight,
                             const std::string& bias) {
  auto& node = messages_->add("Gemm", {rows, weight, bias});
  Messages::set(node, "transB", 1);
  return Messages::add_result(node);
}

std::string OnnxGraph::flatten(const std::string& values) {
  auto& node = messages_->add("Flatten", {values});
  Messages::set(node, "axis", 1);
  return Messages::add_result(node);
}

std::string OnnxGraph::concat(const std::vector<std::string>& rows) {
  if (rows.size() == 1) return rows.front();
  auto& node = messages_->add("Concat", rows);
  Messages::set(node, "axis", 1);
  return Messages::add_result(node);
}

std::vector<std::string> OnnxGraph::split(const std::string& rows,
                                          const std::vector<std::int64_t>& widths) {
  if (widths.size() == 1) return {rows};
  auto& node = messages_->add("Split", {rows, constant(widths)});
  Messages::set(node, "axis", 1);
  std::vector<std::string> parts;
  for (std::size_t part = 0; part < widths.size(); ++part)
    parts.push_back(Messages::add_result(node));
  return parts;
}

std::string OnnxGraph::gather(const std::string& rows, const std::vector<std::int64_t>& places) {
  auto& node = messages_->add("Gather", {rows, constant(places)});
  Messages::set(node, "axis", 1);
  return Messages::add_result(node);
}

std::string OnnxGraph::scalar(float value) {
  const auto [found, is_new] =
      messages_->scalars.try_emplace(value, fmt::format("/number_{}", value));
  if (is_new)
    messages_->initialise<float>(found->second, onnx::TensorProto::FLOAT, {}, {&value, 1});
  return found->second;
}

std::string OnnxGraph::row(const std::string& name, std::span<const float> values) {
  return messages_->initialise("/" + name, onnx::TensorProto::FLOAT,
                               {static_cast<std::int64_t>(values.size())}, values);
}

std::string OnnxGraph::matrix(const std::string& name, std::int64_t rows, std::int64_t columns,
                              std::span<const float> values) {
  return messages_->initialise("/" + name, onnx::TensorProto::FLOAT, {rows, columns}, values);
}

std::string OnnxGraph::constant(const std::vector<std::int64_t>& values) {
  return messages_->initialise<std::int64_t>(fmt::format("/places_{}", ++messages_->constants),
                                             onnx::TensorProto::INT64,
                                             {static_cast<std::int64_t>(values.size())}, values);
}

std::string OnnxGraph::bytes() const {
  std::string bytes;
  if (messages_->model.ByteSizeLong() > std::numeric_limits<std::int32_t>::max() ||
      !messages_->model.SerializeToString(&bytes))
    throw base::Error(base::ErrorKind::usage, "the model is too large for an ONNX file",
                      {.value = fmt::format("{} bytes", messages_->model.ByteSizeLong()),
                       .hint = "2 GB are the most: train a smaller network"});
  return bytes;
}

}  // namespace colonnade::train
