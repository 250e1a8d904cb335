#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/file_groups.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

struct InOrder {
  bool operator()(const std::vector<std::string>& a, const std::vector<std::string>& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), comes_before);
  }
};

}  // namespace

FileGroups group_files(const std::vector<std::string>& paths, const NameFields& names,
                       const std::vector<std::string>& by) {
  for (const auto& name : by) names.expect_known(name, "--group-by");
  std::map<std::vector<std::string>, std::int64_t, InOrder> places;
  std::vector<std::vector<std::string>> values;
  for (const auto& path : paths) {
    const auto fields = names.of(path);
    auto& key = values.emplace_back();
    for (const auto& name : by) key.push_back(fields.at(name));
    places.emplace(key, 0);
  }
  FileGroups groups;
  for (auto& [key, place] : places) {
    place = static_cast<std::int64_t>(groups.keys.size());
    groups.keys.push_back(fmt::format("{}", fmt::join(key, "/")));
  }
  for (const auto& key : values) groups.of_file.push_back(places.at(key));
  return groups;
}

Labels Labels::parse(const std::string& text) {
  const auto refuse = [&](const std::string& word, const char* sentence) {
    throw Error(ErrorKind::usage, sentence,
                {.value = word, .hint = "as in \"2018/317: 1, 2019/200: 0\""});
  };
  Labels labels;
  for (const auto& word : parts_of(text, ",")) {
    const auto colon = word.rfind(':');
    const auto key = trimmed(word.substr(0, colon));
    const auto value =
        colon == std::string::npos ? std::nullopt : number_of(trimmed(word.substr(colon + 1)));
    if (key.empty() || !value) refuse(word, "--label takes KEY: NUMBER of groups of files");
    Label label{key, parts_of(key, "/"), *value};
    for (const auto& other : labels.labels_)
      if (other.parts.size() == label.parts.size() && other.matches(label.parts))
        refuse(word, "--label names a group twice");
    labels.labels_.push_back(std::move(label));
  }
  std::stable_sort(labels.labels_.begin(), labels.labels_.end(),
                   [](const Label& a, const Label& b) { return a.parts.size() > b.parts.size(); });
  return labels;
}

bool Labels::Label::matches(const std::vector<std::string>& group) const {
  return parts.size() <= group.size() &&
         std::equal(parts.begin(), parts.end(), group.begin(), same_value);
}

std::vector<double> Labels::of(const std::vector<std::string>& keys) const {
  std::vector<double> values;
  std::vector<bool> is_used(labels_.size(), false);
  for (const auto& key : keys) {
    const auto parts = parts_of(key, "/");
    const Label* mine = nullptr;
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (!labels_[i].matches(parts)) continue;
      is_used[i] = true;
      if (mine == nullptr) mine = &labels_[i];
    }
    if (mine == nullptr)
      throw Error(ErrorKind::usage, "--label has none for a group of files",
                  {.value = key, .hint = "add it, or leave its files out with --where"});
    values.push_back(mine->value);
  }
  for (std::size_t i = 0; i < labels_.size(); ++i)
    if (!is_used[i])
      throw Error(ErrorKind::usage, "--label matches no file",
                  {.value = labels_[i].key,
                   .hint = fmt::format("the groups are {}", fmt::join(keys, ", "))});
  return values;
}

}  // namespace colonnade::data
