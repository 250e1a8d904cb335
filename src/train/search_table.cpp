#include <colonnade/base/human.hpp>
#include <colonnade/train/search_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

namespace colonnade::train {

namespace {

/// Nothing unless all folds have a value.
std::optional<Spread> spread_of(const std::vector<TrialRecord>& folds,
                                std::optional<double> (*value)(const TrialRecord&)) {
  double sum = 0.0, squares = 0.0;
  const auto count = static_cast<double>(folds.size());
  for (const auto& fold : folds) {
    if (!value(fold)) return std::nullopt;
    sum += *value(fold);
  }
  const double mean = sum / count;
  for (const auto& fold : folds) squares += (*value(fold) - mean) * (*value(fold) - mean);
  return Spread{mean, std::sqrt(squares / count)};
}

std::optional<double> loss_of(const TrialRecord& record) {
  if (record.status != TrialStatus::done) return std::nullopt;
  return record.loss;
}

std::optional<double> accuracy_of(const TrialRecord& record) {
  return record.accuracy;
}

void rank(std::vector<SearchRow>& rows) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].loss) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (rows[a].rung != rows[b].rung) return rows[a].rung > rows[b].rung;
    return rows[a].loss->mean < rows[b].loss->mean;
  });
  for (std::size_t i = 0; i < order.size(); ++i)
    rows[order[i]].rank = static_cast<std::int64_t>(i) + 1;
}

void judge(SearchRow& row, std::int64_t last_rung) {
  row.loss = spread_of(row.folds, loss_of);
  row.accuracy = spread_of(row.folds, accuracy_of);
  row.status = row.rung < last_rung ? "halved" : name_of(TrialStatus::done);
  const auto bad = std::find_if(row.folds.begin(), row.folds.end(),
                                [](const auto& fold) { return fold.status != TrialStatus::done; });
  if (bad == row.folds.end()) return;
  row.status = name_of(bad->status);
  row.message = bad->message;
}

std::string cell_of(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char letter : text) cell += letter == '"' ? "\"\"" : std::string(1, letter);
  return cell + '"';
}

template <typename Value>
std::string number_of(const std::optional<Value>& value) {
  return value ? fmt::format("{:.9g}", *value) : "";
}

std::string spread_cells(const std::optional<Spread>& spread) {
  return spread ? fmt::format(",{:.9g},{:.9g}", spread->mean, spread->std) : ",,";
}

std::int64_t most_epochs(const SearchRow& row) {
  std::int64_t most = 0;
  for (const auto& fold : row.folds) most = std::max(most, fold.epochs);
  return most;
}

bool any_has_accuracy(const std::vector<SearchRow>& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [](const auto& row) { return row.accuracy.has_value(); });
}

double mean_seconds(const SearchRow& row) {
  double sum = 0.0;
  for (const auto& fold : row.folds) sum += fold.seconds;
  return sum / static_cast<double>(row.folds.size());
}

using Cells = std::vector<std::string>;

Cells cells_of(const SearchRow& row, const Configuration& configuration, bool has_accuracy) {
  Cells cells{row.rank > 0 ? fmt::format("{}", row.rank) : "-",
              fmt::format("{}", row.configuration + 1)};
  for (const auto& [key, value] : configuration) cells.push_back(value);
  cells.push_back(row.loss ? fmt::format("{:.6g}", row.loss->mean) : "-");
  cells.push_back(row.loss ? fmt::format("{:.2g}", row.loss->std) : "-");
  if (has_accuracy) cells.push_back(row.accuracy ? fmt::format("{:.4f}", row.accuracy->mean) : "-");
  cells.push_back(fmt::format("{}", most_epochs(row)));
  cells.push_back(base::human_duration(mean_seconds(row)));
  cells.push_back(row.message.empty() ? row.status : row.status + ": " + row.message);
  return cells;
}

/// Columns are aligned to the right, but for the last.
std::string text_of(const std::vector<Cells>& table) {
  std::vector<std::size_t> widths(table.front().size());
  for (const auto& cells : table)
    for (std::size_t i = 0; i + 1 < cells.size(); ++i)
      widths[i] = std::max(widths[i], cells[i].size());
  std::string text;
  for (const auto& cells : table) {
    for (std::size_t i = 0; i + 1 < cells.size(); ++i)
      text += fmt::format("{:>{}}  ", cells[i], widths[i]);
    text += cells.back() + '\n';
  }
  return text;
}

}  // namespace

std::vector<SearchRow> search_rows(const std::map<TrialKey, TrialRecord>& records,
                                   std::int64_t folds) {
  std::map<std::int64_t, SearchRow> found;
  std::int64_t last_rung = 0;
  for (const auto& [key, record] : records) {
    auto& row = found[key.configuration];
    if (key.rung > row.rung) row.folds.clear();
    row.configuration = key.configuration;
    row.rung = key.rung;
    row.folds.push_back(record);
    last_rung = std::max(last_rung, key.rung);
  }
  std::vector<SearchRow> rows;
  for (auto& [configuration, row] : found) {
    if (static_cast<std::int64_t>(row.folds.size()) != folds) continue;
    judge(row, last_rung);
    rows.push_back(std::move(row));
  }
  rank(rows);
  return rows;
}

std::string search_csv(const std::vector<SearchRow>& rows,
                       const std::vector<Configuration>& configurations) {
  const bool has_accuracy = any_has_accuracy(rows);
  std::string csv = "configuration";
  for (const auto& [key, value] : configurations.front()) csv += ',' + key;
  csv += ",rank,loss_mean,loss_std";
  if (has_accuracy) csv += ",accuracy_mean,accuracy_std";
  const std::size_t folds = rows.empty() ? 0 : rows.front().folds.size();
  for (std::size_t fold = 1; fold <= folds; ++fold) csv += fmt::format(",loss_{}", fold);
  csv += ",epochs,status,message\n";
  for (const auto& row : rows) {
    csv += fmt::format("{}", row.configuration + 1);
    for (const auto& [key, value] : configurations[static_cast<std::size_t>(row.configuration)])
      csv += ',' + cell_of(value);
    csv += row.rank > 0 ? fmt::format(",{}", row.rank) : ",";
    csv += spread_cells(row.loss);
    if (has_accuracy) csv += spread_cells(row.accuracy);
    for (const auto& fold : row.folds) csv += ',' + number_of(loss_of(fold));
    csv += fmt::format(",{},{},{}\n", most_epochs(row), row.status, cell_of(row.message));
  }
  return csv;
}

std::string times_csv(const std::map<TrialKey, TrialRecord>& records) {
  std::string csv = "rung,configuration,fold,epochs,best_epoch,seconds,ranks,status\n";
  for (const auto& [key, record] : records)
    csv += fmt::format("{},{},{},{},{},{:.3f},{},{}\n", key.rung + 1, key.configuration + 1,
                       key.fold + 1, record.epochs, record.best_epoch, record.seconds, record.ranks,
                       name_of(record.status));
  return csv;
}

std::string search_text(const std::vector<SearchRow>& rows,
                        const std::vector<Configuration>& configurations, std::size_t most) {
  std::vector<const SearchRow*> order;
  for (const auto& row : rows) order.push_back(&row);
  const auto place = [](const SearchRow* row) { return std::pair(row->rank == 0, row->rank); };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto* a, const auto* b) { return place(a) < place(b); });
  const bool has_accuracy = any_has_accuracy(rows);
  std::vector<Cells> table{{"rank", "configuration"}};
  for (const auto& [key, value] : configurations.front()) table.front().push_back(key);
  for (const char* name : {"loss", "std", "accuracy", "epochs", "time", "status"})
    if (has_accuracy || std::string_view(name) != "accuracy") table.front().emplace_back(name);
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    const auto configuration = static_cast<std::size_t>(order[i]->configuration);
    table.push_back(cells_of(*order[i], configurations[configuration], has_accuracy));
  }
  const std::size_t left = order.size() + 1 - table.size();
  return text_of(table) + (left > 0 ? fmt::format("and {} more\n", left) : "");
}

}  // namespace colonnade::train
