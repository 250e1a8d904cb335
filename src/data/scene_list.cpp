#include <colonnade/base/error.hpp>
#include <colonnade/data/scene_list.hpp>

#include <fmt/format.h>

#include <map>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

std::vector<SceneFile> scene_files(const std::vector<std::string>& paths, const NameFields& names,
                                   const std::string& place_field,
                                   const std::vector<std::string>& date_fields) {
  names.expect_known(place_field, "--place");
  for (const auto& field : date_fields) names.expect_known(field, "--date");
  std::vector<SceneFile> files;
  const SceneFile* first = nullptr;
  files.reserve(paths.size());
  for (const auto& path : paths) {
    const auto fields = names.of(path);
    auto& file = files.emplace_back(SceneFile{path, fields.at(place_field), {}});
    for (const auto& field : date_fields) file.date_text += fields.at(field);
    if (file.date_text.empty()) continue;
    file.date = SceneDate::parse(file.date_text, path);
    if (first == nullptr) first = &file;
    if (file.date->is_calendar != first->date->is_calendar)
      throw Error(
          ErrorKind::usage, "some dates are days and others are numbers",
          {.file = path, .value = fmt::format("{} and {}", file.date_text, first->date_text)});
  }
  return files;
}

std::vector<ListedFile> listed_files(const std::vector<SceneFile>& files,
                                     std::span<const std::optional<double>> ranks,
                                     std::span<const std::size_t> file_of_scene,
                                     const SceneChoice& choice) {
  std::map<std::pair<std::string, double>, std::vector<std::size_t>> unranked;
  std::map<std::string, std::vector<std::size_t>> dateless;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files[i].date)
      dateless[files[i].place].push_back(i);
    else if (!ranks[i])
      unranked[{files[i].place, files[i].date->value}].push_back(i);
  }
  std::vector<ListedFile> listed;
  for (const auto& [scene, period, relaxed] : choice.chosen) {
    const auto file = file_of_scene[scene];
    listed.push_back({file, period, ranks[file], relaxed});
    for (const auto other :
         std::exchange(unranked[{files[file].place, files[file].date->value}], {}))
      listed.push_back({other, period});
  }
  for (std::size_t i = 0, chosen = listed.size(); i < chosen; ++i)
    for (const auto other : std::exchange(dateless[files[listed[i].file].place], {}))
      listed.push_back({other});
  return listed;
}

static std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string all = "\"";
  for (const char letter : text)
    all += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return all + '"';
}

std::string csv_of(const std::vector<SceneFile>& files, const std::vector<ListedFile>& listed) {
  std::string text = "file,place,period,date,rank,relaxed\n";
  for (const auto& [i, period, rank, relaxed] : listed)
    text += fmt::format("{},{},{},{},{},{}\n", quoted(files[i].path), quoted(files[i].place),
                        period ? fmt::format("{}", *period + 1) : "", files[i].date_text,
                        rank ? fmt::format("{}", *rank) : "", relaxed);
  return text;
}

}  // namespace colonnade::data
