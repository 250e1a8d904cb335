#include <colonnade/data/classes.hpp>

#include <nlohmann/json.hpp>

namespace colonnade::data {

using nlohmann::json;

NLOHMANN_JSON_SERIALIZE_ENUM(Classes::Kind,
                             {{Classes::Kind::one, "one"}, {Classes::Kind::many, "many"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Classes::Form,
                             {{Classes::Form::sparse, "sparse"}, {Classes::Form::dense, "dense"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Classes::Interval, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Classes::Class, name, values)

void to_json(json& out, const Classes& classes) {
  out = {{"kind", classes.kind}, {"form", classes.form}, {"classes", classes.classes}};
}

void from_json(const json& in, Classes& classes) {
  in.at("kind").get_to(classes.kind);
  in.at("form").get_to(classes.form);
  in.at("classes").get_to(classes.classes);
}

}  // namespace colonnade::data
