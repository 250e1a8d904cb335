#pragma once

#include <colonnade/nn/mlp.hpp>

#include <dnnl.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <unordered_map>
#include <utility>

namespace colonnade::nn {

/// One oneDNN primitive over matrices, which are told by address at each run.
class Primitive {
 public:
  /// A primitive, its description, and the form of each argument (DNNL_ARG_...).
  Primitive(const dnnl::primitive_desc_base& description, dnnl::primitive primitive,
            std::initializer_list<std::pair<int, dnnl::memory::desc>> arguments);

  /// Bytes of scratch memory that a run needs.
  [[nodiscard]] std::size_t scratch_bytes() const;
  /// Sets the scratch memory of all later runs; primitives that run one after another can share it.
  void set_scratch(float* scratch);

  /// The layout of an argument.
  [[nodiscard]] dnnl::memory::desc form_of(int argument) const {
    return arguments_.at(argument).get_desc();
  }

  /// Runs on the given address for every argument.
  void run(const dnnl::stream& stream,
           std::initializer_list<std::pair<int, const void*>> addresses);

 private:
  dnnl::primitive primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

/// A row-major matrix as a product sees it; `is_transposed` if it lies the other way in memory.
struct Operand {
  std::int64_t rows;
  std::int64_t columns;
  bool is_transposed = false;
};

using Type = dnnl::memory::data_type;

/// Whether WEIGHTS come as they lie, and each run rearranges them for itself, or as pack() has
/// done.
enum class WeightForm { plain, packed };

/// DST = SRC WEIGHTS, plus BIAS in every row if `has_bias`; SRC, WEIGHTS and BIAS of one type.
Primitive product(const dnnl::engine& engine, Type type, Operand source, Operand weights,
                  bool has_bias, Type result_type, WeightForm form = WeightForm::plain);

/// Writes plain weights to `packed` in the layout that a product asks for:
/// form_of(DNNL_ARG_WEIGHTS).
void pack(const dnnl::engine& engine, const dnnl::stream& stream, Type type, Operand weights,
          const void* plain, const dnnl::memory::desc& form, void* packed);

/// DST = activation(SRC), for (rows, width); DST may be SRC.
Primitive activation_forward(const dnnl::engine& engine, Type type, Activation activation,
                             std::int64_t rows, std::int64_t width);

/// DST = SRC_0 + SRC_1, for (rows, width); DST may be either.
Primitive sum(const dnnl::engine& engine, Type type, std::int64_t rows, std::int64_t width);

/// DIFF_SRC = DIFF_DST activation'(SRC), for (rows, width); DIFF_SRC may be DIFF_DST.
Primitive activation_backward(const dnnl::engine& engine, Type type, Activation activation,
                              std::int64_t rows, std::int64_t width);

}  // namespace colonnade::nn
