#include <colonnade/base/error.hpp>
#include <colonnade/data/column_hash.hpp>
#include <colonnade/data/column_reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace colonnade::data {

void RowLabels::check(mpi::Range part, std::span<const float> rows) const {
  if (part.empty()) return;
  const std::size_t width = rows.size() / static_cast<std::size_t>(part.size());
  for (std::int64_t column = part.begin; column < part.end; ++column) {
    const auto label = static_cast<std::size_t>(column - columns.begin);
    const auto row = rows.subspan(static_cast<std::size_t>(column - part.begin) * width, width);
    if (row_hash(number, column, sources.at(label), row) != hashes.at(label))
      throw base::Error(base::ErrorKind::data,
                        "the row was damaged or changed since it was written",
                        {.file = path,
                         .variable = array,
                         .column = column,
                         .value = fmt::format("in shard {}", column / shard_columns),
                         .hint = "make it again with colonnade prepare"});
  }
}

ColumnReader::ColumnReader(std::vector<Array> arrays) : arrays_(std::move(arrays)) {}

void ColumnReader::read_rows(const std::string& array, mpi::Range columns,
                             std::span<float> rows) const {
  const auto found = std::find_if(arrays_.begin(), arrays_.end(),
                                  [&](const Array& known) { return known.labels.array == array; });
  base::expects(found != arrays_.end(), "the reader has the array");
  found->rows.read(columns, std::as_writable_bytes(rows));
  found->labels.check(columns, rows);
}

}  // namespace colonnade::data
