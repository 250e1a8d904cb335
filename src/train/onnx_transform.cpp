#include "train/onnx_transform.hpp"

namespace colonnade::train {

using data::Transform;

namespace {

/// log(1 + a) for a >= 0 without the loss of a small a's digits (Kahan): ONNX has no log1p.
std::string log1p_of(OnnxGraph& graph, const std::string& a) {
  const auto sum = graph.node("Add", {a, graph.scalar(1)});
  const auto kept = graph.node("Sub", {sum, graph.scalar(1)});
  const auto correction = graph.node("Div", {a, kept});
  const auto value = graph.node("Mul", {graph.node("Log", {sum}), correction});
  return graph.node("Where", {graph.node("Equal", {kept, graph.scalar(0)}), a, value});
}

/// exp(a) - 1 for a >= 0, likewise.
std::string expm1_of(OnnxGraph& graph, const std::string& a) {
  const auto power = graph.node("Exp", {a});
  const auto less = graph.node("Sub", {power, graph.scalar(1)});
  const auto correction = graph.node("Div", {a, graph.node("Log", {power})});
  const auto value = graph.node("Mul", {less, correction});
  return graph.node("Where", {graph.node("Equal", {less, graph.scalar(0)}), a, value});
}

std::string applied_step(OnnxGraph& graph, const std::string& x, const Transform::Step& step) {
  const auto number = [&](double value) { return graph.scalar(static_cast<float>(value)); };
  const auto odd = [&](const std::string& of_size) {
    return graph.node("Mul", {graph.node("Sign", {x}), of_size});
  };
  switch (step.kind) {
    case Transform::Kind::root2:
      return odd(graph.node("Sqrt", {graph.node("Abs", {x})}));
    case Transform::Kind::root4:
      return odd(graph.node("Sqrt", {graph.node("Sqrt", {graph.node("Abs", {x})})}));
    case Transform::Kind::log1p:
      return odd(log1p_of(graph, graph.node("Abs", {x})));
    case Transform::Kind::clip:
      return graph.node("Clip", {x, number(step.first), number(step.second)});
    case Transform::Kind::log:
      return graph.node("Log", {x});
    case Transform::Kind::scale:
      return graph.node("Mul", {x, number(step.first)});
    case Transform::Kind::offset:
      return graph.node("Add", {x, number(step.first)});
    case Transform::Kind::fill:
      return graph.node("Where", {graph.node("IsNaN", {x}), number(step.first), x});
  }
  return x;
}

std::string inverted_step(OnnxGraph& graph, const std::string& y, const Transform::Step& step) {
  const auto number = [&](double value) { return graph.scalar(static_cast<float>(value)); };
  const auto size = [&] { return graph.node("Abs", {y}); };
  const auto odd = [&](const std::string& of_size) {
    return graph.node("Mul", {graph.node("Sign", {y}), of_size});
  };
  switch (step.kind) {
    case Transform::Kind::clip:
    case Transform::Kind::fill:
      break;
    case Transform::Kind::log:
      return graph.node("Exp", {y});
    case Transform::Kind::scale:
      return graph.node("Div", {y, number(step.first)});
    case Transform::Kind::offset:
      return graph.node("Sub", {y, number(step.first)});
    case Transform::Kind::root2:
      return graph.node("Mul", {y, size()});
    case Transform::Kind::root4: {
      const auto square = graph.node("Mul", {y, y});
      return odd(graph.node("Mul", {square, square}));
    }
    case Transform::Kind::log1p:
      return odd(expm1_of(graph, size()));
  }
  return y;
}

}  // namespace

std::string applied(OnnxGraph& graph, std::string x, const Transform& transform) {
  for (const auto& step : transform.steps) x = applied_step(graph, x, step);
  return x;
}

std::string inverted(OnnxGraph& graph, std::string y, const Transform& transform) {
  const auto& steps = transform.steps;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) y = inverted_step(graph, y, *step);
  return y;
}

}  // namespace colonnade::train
