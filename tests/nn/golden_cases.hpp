#pragma once

#include <hdf5.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace colonnade::nn::golden {

/// An HDF5 identifier that is closed with the scope.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), const std::string& what) : id_(id), close_(close) {
    if (id < 0) throw std::runtime_error("HDF5 refuses " + what);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close_(id_); }
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

inline std::vector<double> read_values(hid_t group, const std::string& name) {
  const Handle set(H5Dopen(group, name.c_str(), H5P_DEFAULT), H5Dclose, name);
  const Handle space(H5Dget_space(set), H5Sclose, name);
  std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
    throw std::runtime_error("HDF5 cannot read " + name);
  return values;
}

/// The numbers of an attribute, or `fallback` where there is none.
inline std::vector<double> read_numbers(hid_t group, const char* name,
                                        std::vector<double> fallback) {
  if (H5Aexists(group, name) <= 0) return fallback;
  const Handle attribute(H5Aopen(group, name, H5P_DEFAULT), H5Aclose, name);
  const Handle space(H5Aget_space(attribute), H5Sclose, name);
  std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (H5Aread(attribute, H5T_NATIVE_DOUBLE, values.data()) < 0)
    throw std::runtime_error(std::string("HDF5 cannot read ") + name);
  return values;
}

/// The text of an attribute, empty where there is none.
inline std::string read_text(hid_t group, const char* name) {
  if (H5Aexists(group, name) <= 0) return {};
  const Handle attribute(H5Aopen(group, name, H5P_DEFAULT), H5Aclose, name);
  const Handle type(H5Aget_type(attribute), H5Tclose, name);
  char* text = nullptr;
  if (H5Tis_variable_str(type) <= 0 || H5Aread(attribute, type, &text) < 0)
    throw std::runtime_error(std::string("HDF5 cannot read ") + name);
  std::string copy(text);
  H5free_memory(text);
  return copy;
}

/// One training run as PyTorch carried it out in double precision.
struct Case {
  std::string name, loss, activation, optimiser, schedule;
  double learning_rate, momentum, beta1, beta2, epsilon, weight_decay, clip_norm;
  std::vector<std::int64_t> widths;
  std::vector<double> x, y;  ///< (columns, inputs), (columns, outputs)
  std::vector<std::vector<double>> initial, gradient, final;  ///< w0, b0, w1, b1, ...
  std::vector<double> losses;                                 ///< before each update
};

inline std::vector<std::vector<double>> read_tensors(hid_t group, const char* name,
                                                     std::size_t layer_count) {
  const Handle tensors(H5Gopen(group, name, H5P_DEFAULT), H5Gclose, name);
  std::vector<std::vector<double>> values;
  for (std::size_t l = 0; l < layer_count; ++l) {
    const std::string index = std::to_string(l);
    values.push_back(read_values(tensors, "w" + index));
    values.push_back(read_values(tensors, "b" + index));
  }
  return values;
}

inline Case read_case(hid_t file, const std::string& name) {
  const Handle group(H5Gopen(file, name.c_str(), H5P_DEFAULT), H5Gclose, name);
  const auto number = [&](const char* attribute, double fallback) {
    return read_numbers(group, attribute, {fallback}).at(0);
  };
  const std::vector<double> betas = read_numbers(group, "betas", {0.9, 0.999});
  Case c{.name = name,
         .loss = read_text(group, "loss"),
         .activation = read_text(group, "activation"),
         .optimiser = read_text(group, "optimizer"),
         .schedule = read_text(group, "schedule"),
         .learning_rate = number("lr", 0.0),
         .momentum = number("momentum", 0.9),
         .beta1 = betas.at(0),
         .beta2 = betas.at(1),
         .epsilon = number("eps", 1e-8),
         .weight_decay = number("weight_decay", 0.0),
         .clip_norm = number("clip_grad_norm", 0.0),
         .widths = {},
         .x = read_values(group, "x"),
         .y = read_values(group, "y"),
         .initial = {},
         .gradient = {},
         .final = {},
         .losses = read_values(group, "loss")};
  for (const double width : read_numbers(group, "layers", {}))
    c.widths.push_back(static_cast<std::int64_t>(width));
  c.initial = read_tensors(group, "initial", c.widths.size() - 1);
  c.gradient = read_tensors(group, "gradient", c.widths.size() - 1);
  c.final = read_tensors(group, "final", c.widths.size() - 1);
  return c;
}

/// Every case of a file, in the order of their names.
inline std::vector<Case> read_cases(const std::string& path) {
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path);
  H5G_info_t info;
  if (H5Gget_info(file, &info) < 0) throw std::runtime_error("HDF5 cannot list " + path);
  std::vector<Case> cases;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    std::string name(256, '\0');
    const ssize_t length = H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(),
                                              name.size(), H5P_DEFAULT);
    if (length < 0) throw std::runtime_error("HDF5 cannot name a group of " + path);
    name.resize(static_cast<std::size_t>(length));
    cases.push_back(read_case(file, name));
  }
  return cases;
}

}  // namespace colonnade::nn::golden
