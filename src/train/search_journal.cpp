#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/train/search_journal.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t hash_digits = 16;
constexpr int most_deaths = 2;

std::string line_of(const std::string& json) {
  return fmt::format("{} {}", base::hex(base::hash_text(json)), json);
}

[[noreturn]] void refuse_damage(const std::string& path, std::size_t line) {
  throw Error(ErrorKind::data, "the file was damaged or changed since it was written",
              {.file = path,
               .value = fmt::format("line {}", line),
               .hint = "begin the search anew with --force"});
}

/// The whole lines without their hashes.
std::vector<std::string> lines_of(const std::string& text, const std::string& path) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    if (end == std::string::npos) break;
    const std::string json = end - begin > hash_digits ? text.substr(begin + hash_digits + 1,
                                                                     end - begin - hash_digits - 1)
                                                       : "";
    if (text.substr(begin, end - begin) != line_of(json)) refuse_damage(path, lines.size() + 1);
    lines.push_back(json);
    begin = end + 1;
  }
  return lines;
}

std::string text_of(const SearchOptions& options) {
  return ordered_json{{"options", options}}.dump();
}

void expect_same(const SearchOptions& mine, const SearchOptions& then, const std::string& path) {
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const auto& [name, value] = mine[i];
    const std::string old = i < then.size() && then[i].first == name ? then[i].second : "nothing";
    if (value != old)
      throw Error(ErrorKind::usage,
                  fmt::format("{} is {}, but {} in the search that shall go on", name, value, old),
                  {.file = path, .hint = "give the same value, or begin anew with another --out"});
  }
}

ordered_json json_of(const TrialKey& key) {
  return {key.rung, key.configuration, key.fold};
}

}  // namespace

void SearchJournal::start(const SearchOptions& options) {
  file_.start(line_of(text_of(options)) + '\n');
}

bool SearchJournal::resume(const SearchOptions& options) {
  if (!std::filesystem::exists(path_)) return false;
  std::ifstream stream(path_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad())
    throw Error(ErrorKind::storage, "cannot read the file",
                {.file = path_, .value = std::generic_category().message(errno)});
  const auto lines = lines_of(text, path_);
  if (lines.empty()) return false;
  expect_same(options, ordered_json::parse(lines[0]).at("options").get<SearchOptions>(), path_);
  std::string kept;
  for (const auto& line : lines) {
    if (!kept.empty()) take(line);
    kept += line_of(line) + '\n';
  }
  file_.start(kept);
  for (const auto& [key, times] : std::exchange(begun_, {}))
    if (times >= most_deaths)
      end(key, {.status = TrialStatus::lost,
                .message = fmt::format("the job died {} times while it was under way", times)});
    else
      begun_.emplace(key, times);
  return true;
}

void SearchJournal::take(const std::string& text) {
  const auto json = ordered_json::parse(text);
  const auto& place = json.at("trial");
  const TrialKey key{place.at(0), place.at(1), place.at(2)};
  if (!json.contains("end")) {
    ++begun_[key];
    return;
  }
  const auto record = TrialRecord::from_text(json["end"].dump());
  if (record.status == TrialStatus::stopped) {
    --begun_[key];
    return;
  }
  begun_.erase(key);
  records_.insert_or_assign(key, record);
}

void SearchJournal::add(const std::string& json) {
  take(json);
  file_.add(line_of(json));
}

void SearchJournal::begin(const TrialKey& key) {
  add(ordered_json{{"trial", json_of(key)}}.dump());
}

void SearchJournal::end(const TrialKey& key, const TrialRecord& record) {
  add(ordered_json{{"trial", json_of(key)}, {"end", ordered_json::parse(record.text())}}.dump());
}

}  // namespace colonnade::train
