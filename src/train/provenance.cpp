#include <colonnade/base/hash.hpp>
#include <colonnade/train/provenance.hpp>

#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace colonnade::train {

namespace {

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

}  // namespace

std::string provenance_of(const std::string& config_ini, const data::PreparedFile& file,
                          const EpochReport& report, std::span<const float> weights,
                          const std::string& versions) {
  const nlohmann::ordered_json json{{"config", config_ini},
                                    {"data", file.path()},
                                    {"data_content", file.content()},
                                    {"epoch", report.epoch},
                                    {"step", report.step},
                                    {"train_loss", report.train_loss},
                                    {"validation_loss", report.validation_loss},
                                    {"weights_hash", base::hex(base::hash_values(weights))},
                                    {"precision", "fp32"},
                                    {"instruction_set", instruction_set()},
                                    {"versions", versions}};
  return json.dump(2);
}

}  // namespace colonnade::train
