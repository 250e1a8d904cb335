#include <colonnade/nn/precision.hpp>

#include <dnnl.hpp>
#include <nn/names.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace colonnade::nn {

namespace {
constexpr Names<2> precision_names{"fp32", "bf16"};
}

Precision precision_from_name(std::string_view name) {
  return value_in<Precision>(precision_names, "precision", name);
}

std::string_view name_of(Precision precision) {
  return name_in(precision_names, precision);
}

bool is_native(Precision precision) {
  const auto mine = dnnl::get_effective_cpu_isa();
  return precision == Precision::fp32 || mine == dnnl::cpu_isa::avx512_core_bf16 ||
         mine == dnnl::cpu_isa::avx512_core_amx;
}

std::string instruction_set() {
  using dnnl::cpu_isa;
  constexpr std::array<std::pair<cpu_isa, const char*>, 8> names{
      {{cpu_isa::sse41, "sse41"},
       {cpu_isa::avx, "avx"},
       {cpu_isa::avx2, "avx2"},
       {cpu_isa::avx2_vnni, "avx2_vnni"},
       {cpu_isa::avx512_core, "avx512_core"},
       {cpu_isa::avx512_core_vnni, "avx512_core_vnni"},
       {cpu_isa::avx512_core_bf16, "avx512_core_bf16"},
       {cpu_isa::avx512_core_amx, "avx512_core_amx"}}};
  const cpu_isa mine = dnnl::get_effective_cpu_isa();
  const auto* const found = std::find_if(names.begin(), names.end(),
                                         [&](const auto& name) { return name.first == mine; });
  return found == names.end() ? "other" : found->second;
}

std::size_t value_bytes(Precision precision) {
  return precision == Precision::bf16 ? sizeof(base::Bfloat16) : sizeof(float);
}

PrecisionBuffer precision_buffer(Precision precision, std::size_t size) {
  if (precision == Precision::bf16) return base::AlignedBuffer<base::Bfloat16>(size);
  return base::AlignedBuffer<float>(size);
}

}  // namespace colonnade::nn
