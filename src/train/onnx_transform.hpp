#pragma once

#include "train/onnx_graph.hpp"

#include <colonnade/data/transform.hpp>

#include <string>

namespace colonnade::train {

/// As Transform::apply, on all values of `x`.
std::string applied(OnnxGraph& graph, std::string x, const data::Transform& transform);

/// As Transform::invert.
std::string inverted(OnnxGraph& graph, std::string y, const data::Transform& transform);

}  // namespace colonnade::train
