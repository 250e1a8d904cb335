#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/base/bfloat16.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace colonnade::nn {

/// What the operands of the products are kept in; sums are single precision in both. With bf16 the
/// columns, the weights, the values between the layers and their derivatives are rounded; outputs
/// and gradients are not.
enum class Precision { fp32, bf16 };

/// Throws base::Error (usage) that lists the names.
Precision precision_from_name(std::string_view name);
std::string_view name_of(Precision precision);

/// Whether this processor multiplies in this precision, and does not have to imitate it.
bool is_native(Precision precision);

/// The instruction set that oneDNN uses here, which the bits of products depend on:
/// "avx512_core_bf16", ...
std::string instruction_set();

std::size_t value_bytes(Precision precision);

/// Values in one precision or the other.
using PrecisionBuffer =
    std::variant<base::AlignedBuffer<float>, base::AlignedBuffer<base::Bfloat16>>;

PrecisionBuffer precision_buffer(Precision precision, std::size_t size);

}  // namespace colonnade::nn
