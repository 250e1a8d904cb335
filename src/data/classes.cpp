#include <colonnade/data/classes.hpp>

#include <nlohmann/json.hpp>

namespace colonnade::data {

NLOHMANN_JSON_SERIALIZE_ENUM(Classes::Kind,
                             {{Classes::Kind::one, "one"}, {Classes::Kind::many, "many"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Classes::Form,
                             {{Classes::Form::sparse, "sparse"}, {Classes::Form::dense, "dense"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Classes::Interval, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Classes::Class, name, values)

void to_json(nlohmann::json& json, const Classes& classes) {
  json = {{"kind", classes.kind}, {"form", classes.form}, {"classes", classes.classes}};
}

void from_json(const nlohmann::json& json, Classes& classes) {
  json.at("kind").get_to(classes.kind);
  json.at("form").get_to(classes.form);
  json.at("classes").get_to(classes.classes);
}

}  // namespace colonnade::data
