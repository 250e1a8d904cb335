#include "network.hpp"

#include <colonnade/base/error.hpp>

#include <string>

namespace colonnade::jobs {

std::vector<std::int64_t> widths_of(const app::Arguments& arguments,
                                    const train::ColumnSource& source) {
  std::vector<std::int64_t> widths{source.inputs};
  const auto hidden = arguments.integers("hidden");
  if (hidden != std::vector<std::int64_t>{0})
    widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back(source.outputs);
  return widths;
}

nn::Precision precision_from(const app::Arguments& arguments, bool all_have_bf16) {
  const std::string& name = arguments.text("precision");
  if (name == "auto") return all_have_bf16 ? nn::Precision::bf16 : nn::Precision::fp32;
  const nn::Precision precision = nn::precision_from_name(name);
  if (precision == nn::Precision::bf16 && !all_have_bf16)
    throw base::Error(base::ErrorKind::usage, "this processor does not multiply in bf16",
                      {.value = nn::instruction_set(),
                       .hint = "use --precision auto, or processors with avx512_bf16 or AMX"});
  return precision;
}

}  // namespace colonnade::jobs
