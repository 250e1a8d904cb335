#include <nn/primitive.hpp>

namespace colonnade::nn {

namespace {

using dnnl::memory;

/// The scratch memory is the caller's: the library's own would belong to the constructing thread.
dnnl::primitive_attr own_scratch() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

memory::desc matrix(Type type, Operand operand) {
  return {{operand.rows, operand.columns},
          type,
          operand.is_transposed ? memory::format_tag::ba : memory::format_tag::ab};
}

dnnl::algorithm algorithm_of(Activation activation) {
  switch (activation) {
    case Activation::relu:
      return dnnl::algorithm::eltwise_relu;
    case Activation::gelu:
      return dnnl::algorithm::eltwise_gelu_erf;
    case Activation::tanh:
      return dnnl::algorithm::eltwise_tanh;
    case Activation::silu:
      break;
  }
  return dnnl::algorithm::eltwise_swish;
}

/// oneDNN's alpha: the factor inside the sigmoid of its swish, the slope below zero of its relu.
float alpha_of(Activation activation) {
  return activation == Activation::silu ? 1.0F : 0.0F;
}

dnnl::eltwise_forward::primitive_desc describe_activation(const dnnl::engine& engine,
                                                          Activation activation,
                                                          const memory::desc& form) {
  return {{dnnl::prop_kind::forward_training, algorithm_of(activation), form, alpha_of(activation)},
          own_scratch(),
          engine};
}

}  // namespace

Primitive::Primitive(const dnnl::primitive_desc_base& description, dnnl::primitive primitive,
                     std::initializer_list<std::pair<int, memory::desc>> arguments)
    : primitive_(std::move(primitive)) {
  const dnnl::engine engine = description.get_engine();
  for (const auto& [argument, form] : arguments)
    arguments_.emplace(argument, memory(form, engine, nullptr));
  arguments_.emplace(DNNL_ARG_SCRATCHPAD, memory(description.scratchpad_desc(), engine, nullptr));
}

std::size_t Primitive::scratch_bytes() const {
  return arguments_.at(DNNL_ARG_SCRATCHPAD).get_desc().get_size();
}

void Primitive::set_scratch(float* scratch) {
  arguments_.at(DNNL_ARG_SCRATCHPAD).set_data_handle(scratch);
}

void Primitive::run(const dnnl::stream& stream,
                    std::initializer_list<std::pair<int, const void*>> addresses) {
  // oneDNN takes the addresses of its inputs, too, as mutable.
  for (const auto& [argument, address] : addresses)
    arguments_.at(argument).set_data_handle(const_cast<void*>(address));
  primitive_.execute(stream, arguments_);
}

Primitive product(const dnnl::engine& engine, Type type, Operand source, Operand weights,
                  bool has_bias, Type result_type, WeightForm form) {
  const memory::desc a = matrix(type, source);
  const memory::desc b = form == WeightForm::plain ? matrix(type, weights)
                                                   : memory::desc({weights.rows, weights.columns},
                                                                  type, memory::format_tag::any);
  const memory::desc c = matrix(result_type, {source.rows, weights.columns});
  if (!has_bias) {
    const dnnl::matmul::primitive_desc description({a, b, c}, own_scratch(), engine);
    return {description,
            dnnl::matmul(description),
            {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, description.weights_desc()}, {DNNL_ARG_DST, c}}};
  }
  const memory::desc bias = matrix(type, {1, weights.columns});
  const dnnl::matmul::primitive_desc description({a, b, bias, c}, own_scratch(), engine);
  return {description,
          dnnl::matmul(description),
          {{DNNL_ARG_SRC, a},
           {DNNL_ARG_WEIGHTS, description.weights_desc()},
           {DNNL_ARG_BIAS, bias},
           {DNNL_ARG_DST, c}}};
}

void pack(const dnnl::engine& engine, const dnnl::stream& stream, Type type, Operand weights,
          const void* plain, const memory::desc& form, void* packed) {
  // oneDNN takes the addresses of its inputs, too, as mutable.
  memory from(matrix(type, weights), engine, const_cast<void*>(plain)), to(form, engine, packed);
  dnnl::reorder(from, to).execute(stream, from, to);
}

Primitive activation_forward(const dnnl::engine& engine, Type type, Activation activation,
                             std::int64_t rows, std::int64_t width) {
  const memory::desc form = matrix(type, {rows, width});
  const auto description = describe_activation(engine, activation, form);
  return {description,
          dnnl::eltwise_forward(description),
          {{DNNL_ARG_SRC, form}, {DNNL_ARG_DST, form}}};
}

Primitive sum(const dnnl::engine& engine, Type type, std::int64_t rows, std::int64_t width) {
  const memory::desc form = matrix(type, {rows, width});
  const dnnl::binary::primitive_desc description({dnnl::algorithm::binary_add, form, form, form},
                                                 own_scratch(), engine);
  return {description,
          dnnl::binary(description),
          {{DNNL_ARG_SRC_0, form}, {DNNL_ARG_SRC_1, form}, {DNNL_ARG_DST, form}}};
}

Primitive activation_backward(const dnnl::engine& engine, Type type, Activation activation,
                              std::int64_t rows, std::int64_t width) {
  const memory::desc form = matrix(type, {rows, width});
  const dnnl::eltwise_backward::primitive_desc description(
      {algorithm_of(activation), form, form, alpha_of(activation)}, own_scratch(), engine,
      describe_activation(engine, activation, form));
  return {description,
          dnnl::eltwise_backward(description),
          {{DNNL_ARG_SRC, form}, {DNNL_ARG_DIFF_DST, form}, {DNNL_ARG_DIFF_SRC, form}}};
}

}  // namespace colonnade::nn
