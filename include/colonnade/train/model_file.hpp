#pragma once

#include <colonnade/data/recipe.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/mlp.hpp>

#include <string>
#include <vector>

namespace colonnade::train {

/// All that inference needs: the network, and the way from physical columns to its numbers and
/// back.
struct Model {
  nn::MlpShape shape;
  data::Recipe recipe;
  std::vector<float> weights;  ///< flat, as nn::layers(shape) places them
  std::string provenance;      ///< JSON: how the weights came to be
};

/// **Collective.** Writes the root's model as an HDF5 file that appears whole; an older one stays
/// until then. Throws storage errors on all ranks.
void write_model(const mpi::Communicator& comm, const std::string& path, const Model& model);

/// **Collective.** Reads a model on the root and gives it to all ranks. Throws on all ranks a
/// storage error when there is no such file or it cannot be read, and a data error naming it when
/// it is not a model, not whole, or has changed since it was written.
Model read_model(const mpi::Communicator& comm, const std::string& path);

}  // namespace colonnade::train
