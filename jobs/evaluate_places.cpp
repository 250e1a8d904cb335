#include "evaluate.hpp"

#include <colonnade/base/error.hpp>

namespace colonnade::jobs {

EvaluationPlaces evaluation_places(const app::Arguments& arguments) {
  namespace fs = std::filesystem;
  EvaluationPlaces places;
  const fs::path run = arguments.files().front();
  std::error_code ignored;
  places.model = fs::is_directory(run, ignored) ? (run / "model.h5").string() : run.string();
  places.folder =
      arguments.has("out") ? arguments.text("out") : fs::path(places.model).parent_path().string();
  if (places.folder.empty()) places.folder = ".";
  places.json = arguments.has("json")
                    ? arguments.text("json")
                    : places.folder + "/evaluation_" + arguments.text("split") + ".json";
  if (arguments.has("data")) places.data = arguments.text("data");
  const auto json_folder = fs::path(places.json).parent_path();
  for (const auto& folder : {fs::path(places.folder), json_folder.empty() ? "." : json_folder})
    if (!fs::is_directory(folder, ignored))
      throw base::Error(base::ErrorKind::storage, "the folder of the output does not exist",
                        {.file = folder.string(), .hint = "make it, or choose another"});
  return places;
}

std::filesystem::path place_of(const std::string& path) {
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(path, failed);
  const auto place = std::filesystem::weakly_canonical(absolute, failed);
  return failed ? absolute : place;
}

}  // namespace colonnade::jobs
