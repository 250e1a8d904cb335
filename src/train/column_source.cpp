#include <colonnade/base/error.hpp>
#include <colonnade/train/column_source.hpp>

#include <memory>

namespace colonnade::train {

ColumnSource source_of(const data::PreparedFile& file) {
  const auto& recipe = file.recipe();
  if (recipe.layout != "flat")
    throw base::Error(base::ErrorKind::usage, "the columns are not in the flat layout",
                      {.file = file.path(),
                       .value = recipe.layout,
                       .hint = "prepare them again with --layout flat"});
  return {.inputs = static_cast<std::int64_t>(recipe.array("x").encoding.width()),
          .outputs = static_cast<std::int64_t>(recipe.array("y").encoding.width()),
          .train = file.split("train"),
          .validation = file.split("validation"),
          .read = [&file](const std::string& array, mpi::Range columns,
                          std::span<float> rows) { file.read_rows(array, columns, rows); },
          .reader = [&file](mpi::Range columns) -> ReadRows {
            auto reader = std::make_shared<data::ColumnReader>(file.reader(columns));
            return [reader](const std::string& array, mpi::Range part, std::span<float> rows) {
              reader->read_rows(array, part, rows);
            };
          },
          .source_columns = [&file](mpi::Range columns) { return file.source_columns(columns); }};
}

}  // namespace colonnade::train
