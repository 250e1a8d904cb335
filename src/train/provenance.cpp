#include <colonnade/base/hash.hpp>
#include <colonnade/train/provenance.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>

namespace colonnade::train {

std::string provenance_of(const std::string& config_ini, const data::PreparedFile& file,
                          const EpochReport& report, std::span<const float> weights,
                          nn::Precision precision, const std::string& versions) {
  const nlohmann::ordered_json json{{"config", config_ini},
                                    {"data", std::filesystem::absolute(file.path()).string()},
                                    {"data_content", file.content()},
                                    {"epoch", report.epoch},
                                    {"step", report.step},
                                    {"train_loss", report.train_loss},
                                    {"validation_loss", report.validation_loss},
                                    {"weights_hash", base::hex(base::hash_values(weights))},
                                    {"precision", nn::name_of(precision)},
                                    {"instruction_set", nn::instruction_set()},
                                    {"versions", versions}};
  return json.dump(2);
}

}  // namespace colonnade::train
