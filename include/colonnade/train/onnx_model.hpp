#pragma once

#include <colonnade/train/model_file.hpp>

#include <string>

namespace colonnade::train {

/// The version of ONNX's operators that the models use.
inline constexpr int onnx_opset = 13;

/// The bytes of an ONNX model that computes what predict does: it takes each raw input variable
/// (column, its further dimensions) by its name, float32, selects, transforms and normalises, runs
/// the network, and gives each target by its name, in physical units. A target that is an input as
/// well is called NAME_predicted; of classes that the target NAME tells it gives NAME_probability
/// (column, class).
///
/// Numbers are float32 throughout, so outputs equal those of predict to rounding. Metadata: names
/// and units of the network's features and targets and of the raw variables, as JSON, and
/// `provenance` (the model's), `weights_hash` and `versions`. Throws a data error naming a feature
/// whose scale float32 cannot hold, and a usage error when the model is too large for ONNX (2 GB).
std::string onnx_model(const Model& model, const std::string& versions);

}  // namespace colonnade::train
