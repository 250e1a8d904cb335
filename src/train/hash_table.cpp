#include <colonnade/base/error.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/train/run_difference.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

/// The place of a line, for messages.
struct Place {
  const std::string& file;
  std::int64_t line = 0;

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(
        ErrorKind::data, fmt::format("line {} {}", line, what),
        {.file = file, .hint = "train --resume auto writes it anew from the newest checkpoint"});
  }
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char letter : line)
    if (letter == ',')
      cells.emplace_back();
    else
      cells.back() += letter;
  return cells;
}

template <typename T>
bool is_number(std::string_view text, T& value) {
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stopped == text.data() + text.size();
}

bool is_hash(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_cell(std::string_view name, std::string_view text) {
  std::int64_t epoch = 0;
  double loss = 0.0;
  if (name == "epoch") return is_number(text, epoch);
  return name == "loss" ? is_number(text, loss) : is_hash(text);
}

void add_row(HashTable& table, const std::string& line, const Place& place) {
  auto cells = split(line);
  if (cells.size() != table.names.size() + 1)
    place.refuse(fmt::format("has {} cells, the head {}", cells.size(), table.names.size() + 1));
  std::int64_t step = 0;
  if (!is_number(cells.front(), step)) place.refuse("does not begin with a step");
  if (!table.rows.empty() && step <= table.rows.rbegin()->first)
    place.refuse(fmt::format("holds step {} behind step {}", step, table.rows.rbegin()->first));
  cells.erase(cells.begin());
  for (std::size_t c = 0; c < cells.size(); ++c)
    if (!is_cell(table.names[c], cells[c]))
      place.refuse(
          fmt::format("has no {} in {}",
                      table.names[c] == "epoch" || table.names[c] == "loss" ? "number" : "hash",
                      table.names[c]));
  table.rows.emplace_hint(table.rows.end(), step, std::move(cells));
}

}  // namespace

HashTable read_hash_table(const std::string& path) {
  io::expect_regular(path);
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line))
    throw Error(ErrorKind::storage, "there are no hashes",
                {.file = path, .hint = "train with --hash-every N writes them"});
  Place place{path, 1};
  HashTable table{.names = split(line), .rows = {}};
  const std::vector<std::string> first{"step", "epoch", "columns", "loss"};
  if (file.eof() || table.names.size() < first.size() ||
      !std::equal(first.begin(), first.end(), table.names.begin()))
    place.refuse("is not the head that train writes");
  table.names.erase(table.names.begin());
  while (std::getline(file, line)) {
    ++place.line;
    if (file.eof()) place.refuse("is cut");
    add_row(table, line, place);
  }
  return table;
}

}  // namespace colonnade::train
