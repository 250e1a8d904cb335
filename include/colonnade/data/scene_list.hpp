#pragma once

#include <colonnade/data/file_names.hpp>
#include <colonnade/data/scene_choice.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// A file of scenes, as its name tells it.
struct SceneFile {
  std::string path, place;
  std::string date_text;            ///< "" for what holds at all times, as a map of a place does
  std::optional<SceneDate> date{};  ///< of date_text
};

/// Place and date from fields of the files' names; the texts of several date fields follow one
/// another, "2018" and "317". Throws usage errors: for an unknown field, for what is not a date,
/// and where some dates are days and others numbers.
std::vector<SceneFile> scene_files(const std::vector<std::string>& paths, const NameFields& names,
                                   const std::string& place_field,
                                   const std::vector<std::string>& date_fields);

/// One line of the list of chosen files.
struct ListedFile {
  std::size_t file;                      ///< among the scene files
  std::optional<std::int64_t> period{};  ///< from 0; nothing for files without a date
  std::optional<double> rank{};          ///< of the scenes themselves
  std::int64_t relaxed = 0;
};

/// The chosen scenes and the files that go with them: those of the same place and date that have no
/// rank, and those without a date of a place of which something was chosen.
std::vector<ListedFile> listed_files(const std::vector<SceneFile>& files,
                                     std::span<const std::optional<double>> ranks,
                                     std::span<const std::size_t> file_of_scene,
                                     const SceneChoice& choice);

/// The list as CSV: file, place, period (from 1), date, rank, relaxed.
std::string csv_of(const std::vector<SceneFile>& files, const std::vector<ListedFile>& listed);

}  // namespace colonnade::data
