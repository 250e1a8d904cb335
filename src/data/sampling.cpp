#include <colonnade/data/sampling.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::io {

static void to_json(nlohmann::json& json, const Dimension& dimension) {
  json = {dimension.name, dimension.length};
}
static void from_json(const nlohmann::json& json, Dimension& dimension) {
  dimension = {json.at(0), json.at(1)};
}

}  // namespace colonnade::io

namespace colonnade::data {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SampleAxis, role, length, dim, step, offset, extent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SampleStream, variable, axes, chunk, slots)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SampleTerm, stream, sign)

// Many of these: without names.
static void to_json(json& out, const SamplePart& part) {
  out = {part.file, part.form, part.begin, part.length};
}
static void from_json(const json& in, SamplePart& part) {
  part = {in.at(0), in.at(1), in.at(2), in.at(3)};
}
static void to_json(json& out, const SampleBlock& block) {
  out = {block.first, block.length, block.group, block.label, block.parts};
}
static void from_json(const json& in, SampleBlock& block) {
  block = {in.at(0), in.at(1), in.at(2), in.at(3), in.at(4)};
}

std::size_t Sampling::block_of(std::int64_t sample) const {
  const std::int64_t step = sample / inner();
  const auto after =
      std::upper_bound(blocks.begin(), blocks.end(), step,
                       [](std::int64_t at, const SampleBlock& block) { return at < block.first; });
  return static_cast<std::size_t>(after - blocks.begin()) - 1;
}

std::size_t Sampling::file_of(std::int64_t sample, std::size_t variable) const {
  const auto& terms = variables[variable];
  std::size_t part = 0;
  if (!terms.empty())
    for (std::size_t s = 0; s < terms.front().stream; ++s)
      part += static_cast<std::size_t>(streams[s].slots);
  return static_cast<std::size_t>(blocks[block_of(sample)].parts[part].file);
}

void to_json(nlohmann::json& json, const Sampling& sampling) {
  json = {{"dims", sampling.dims},           {"streams", sampling.streams},
          {"variables", sampling.variables}, {"mask_streams", sampling.mask_streams},
          {"forms", sampling.forms},         {"blocks", sampling.blocks},
          {"groups", sampling.groups},       {"left_over", sampling.left_over},
          {"unused", sampling.unused},       {"form", sampling.form}};
}

void from_json(const nlohmann::json& json, Sampling& sampling) {
  json.at("dims").get_to(sampling.dims);
  json.at("streams").get_to(sampling.streams);
  json.at("variables").get_to(sampling.variables);
  json.at("mask_streams").get_to(sampling.mask_streams);
  json.at("forms").get_to(sampling.forms);
  json.at("blocks").get_to(sampling.blocks);
  json.at("groups").get_to(sampling.groups);
  json.at("left_over").get_to(sampling.left_over);
  json.at("unused").get_to(sampling.unused);
  json.at("form").get_to(sampling.form);
}

std::int64_t SampleStream::width() const {
  std::int64_t values = 1;
  for (const auto& axis : axes) {
    if (axis.role == SampleAxis::Role::feature) values *= axis.length;
    if (axis.role == SampleAxis::Role::sample) values *= axis.extent;
  }
  return values;
}

std::int64_t Sampling::inner() const {
  std::int64_t product = 1;
  for (std::size_t d = 1; d < dims.size(); ++d) product *= dims[d].length;
  return product;
}

std::int64_t Sampling::samples() const {
  return dims.front().length * inner();
}

}  // namespace colonnade::data
