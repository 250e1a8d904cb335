// The one place that knows ONNX's messages.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace colonnade::train {

/// An ONNX model under construction. Values are float32 rows, (column, feature), unless said
/// otherwise, and known by their names.
class OnnxGraph {
 public:
  using Shape = std::vector<std::int64_t>;

  OnnxGraph(int opset, const std::string& column_dim);
  ~OnnxGraph();
  OnnxGraph(const OnnxGraph&) = delete;
  OnnxGraph& operator=(const OnnxGraph&) = delete;

  /// An input (column, shape...) of that name.
  void input(const std::string& name, const Shape& shape, const std::string& about);
  /// Makes an output (column, shape...) of that name from rows.
  void output(const std::string& name, const std::string& rows, const Shape& shape,
              const std::string& about);
  /// A pair of the model's metadata.
  void describe(const std::string& key, const std::string& text);

  /// One operator with one result, whose name is returned; operators are named by their number.
  std::string node(const std::string& op, const std::vector<std::string>& inputs);
  /// rows weight^T + bias.
  std::string layer(const std::string& rows, const std::string& weight, const std::string& bias);
  /// (column, ...) as rows.
  std::string flatten(const std::string& values);
  /// Rows side by side.
  std::string concat(const std::vector<std::string>& rows);
  /// Rows cut into parts of these widths.
  std::vector<std::string> split(const std::string& rows, const std::vector<std::int64_t>& widths);
  /// The features at these places.
  std::string gather(const std::string& rows, const std::vector<std::int64_t>& places);

  std::string scalar(float value);
  std::string row(const std::string& name, std::span<const float> values);
  std::string matrix(const std::string& name, std::int64_t rows, std::int64_t columns,
                     std::span<const float> values);

  /// The model. Throws a usage error when it is larger than its format allows.
  [[nodiscard]] std::string bytes() const;

 private:
  std::string constant(const std::vector<std::int64_t>& values);

  struct Messages;
  std::unique_ptr<Messages> messages_;
};

}  // namespace colonnade::train
