#include <colonnade/base/error.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/report/run_record.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/run_difference.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace colonnade::report {

namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

std::string text_of(const std::string& path, const std::string& hint) {
  io::expect_regular(path);
  std::ifstream stream(path, std::ios::binary);
  stream.peek();
  if (!stream.is_open() || stream.bad())
    throw Error(ErrorKind::storage, "cannot read the run",
                {.file = path, .value = std::strerror(errno), .hint = hint});
  return {std::istreambuf_iterator<char>(stream), {}};
}

double number_in(std::string_view cell) {
  double value = 0.0;
  const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return code == std::errc{} && end == cell.data() + cell.size() ? value : std::nan("");
}

std::string evaluate_call(const std::string& run, const std::string& split) {
  return "colonnade evaluate " + run + (split == "test" ? "" : " --split " + split);
}

json evaluation_in(const std::string& path, const std::string& run, const std::string& split) {
  json evaluation =
      json::parse(text_of(path, "run first: " + evaluate_call(run, split)), nullptr, false);
  const auto has = [&](const char* whole, const char* parts) {
    return evaluation.value(whole, json()).is_object() &&
           evaluation.value(parts, json()).is_array();
  };
  if (!evaluation.is_object() ||
      !(has("all_targets", "variables") || has("all_classes", "by_class")))
    throw Error(ErrorKind::data, "this is not what evaluate writes",
                {.file = path, .hint = "run again: " + evaluate_call(run, split) + " --force"});
  return evaluation;
}

/// Training may have gone on since, or the file have come from another run.
void expect_own_evaluation(const RunRecord& run, const std::string& split) {
  const auto expect = [&](const char* key, const json& own, const char* sentence) {
    const json told = run.evaluation.value(key, json());
    if (told.is_string() && told == own) return;
    throw Error(ErrorKind::data, sentence,
                {.file = run.evaluation_path,
                 .value = std::string(key) + " " + told.dump() + ", not " + own.dump(),
                 .hint = "run again: " + evaluate_call(run.path, split) + " --force"});
  };
  expect("split", split, "this evaluation is of another split");
  expect("model_weights", run.provenance.value("weights_hash", json()),
         "this evaluation is of other weights than those in model.h5");
}

}  // namespace

std::vector<double> NumberTable::column(std::string_view name) const {
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? std::vector<double>{}
                           : columns[static_cast<std::size_t>(at - names.begin())];
}

NumberTable read_number_table(const std::string& path) {
  std::istringstream lines(text_of(path, "give a run directory that train has made"));
  NumberTable table;
  std::string line;
  std::getline(lines, line);
  std::istringstream names(line);
  for (std::string name; std::getline(names, name, ',');) table.names.push_back(name);
  if (table.names.empty()) throw Error(ErrorKind::data, "the table is empty", {.file = path});
  table.columns.resize(table.names.size());
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::string cell;
    for (auto& column : table.columns)
      column.push_back(std::getline(cells, cell, ',') ? number_in(cell) : std::nan(""));
  }
  return table;
}

RunRecord read_run(const mpi::Communicator& comm, const std::string& path,
                   const std::string& split) {
  namespace fs = std::filesystem;
  RunRecord run;
  run.path = path;
  mpi::agreed_on_root(comm, "reading a run", [&] {
    run.name = fs::path(path).lexically_normal().filename().string();
    if (run.name.empty()) run.name = fs::path(path).parent_path().filename().string();
    run.options = train::options_of(
        text_of(path + "/config.ini", "give a run directory that train has made"));
    run.metrics = read_number_table(path + "/metrics.csv");
    run.evaluation_path = path + "/evaluation_" + split + ".json";
    run.evaluation = evaluation_in(run.evaluation_path, path, split);
  });
  const train::Model model = train::read_model(comm, path + "/model.h5");
  run.provenance = json::parse(model.provenance, nullptr, false);
  if (!run.provenance.is_object()) run.provenance = json::object();
  run.widths = model.shape.widths;
  run.parameters = model.weights.size();
  mpi::agreed_on_root(comm, "reading a run", [&] { expect_own_evaluation(run, split); });
  return run;
}

const json& member(const json& object, const std::string& key) {
  static const json nothing;
  if (object.is_null()) return nothing;
  const auto& members = object.get_ref<const json::object_t&>();
  const auto at = members.find(key);
  return at == members.end() ? nothing : at->second;
}

double number_of(const json& object, const std::string& key) {
  const json& value = member(object, key);
  return value.is_null() ? std::nan("") : value.get<double>();
}

std::vector<double> numbers_of(const json& object, const std::string& key) {
  std::vector<double> numbers;
  const json& values = member(object, key);
  if (values.is_null()) return numbers;
  for (const auto& value : values.get_ref<const json::array_t&>())
    numbers.push_back(value.is_null() ? std::nan("") : value.get<double>());
  return numbers;
}

}  // namespace colonnade::report
