#include <colonnade/base/error.hpp>
#include <colonnade/data/prepared_writer.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace colonnade::data {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

/// "(160, 4128)", with the comma that Python wants after a single number.
std::string tuple_text(const std::vector<std::int64_t>& numbers) {
  std::string text = "(";
  for (const auto number : numbers) text += fmt::format("{}, ", number);
  if (numbers.size() > 1) text.resize(text.size() - 2);
  return text + ")";
}

/// Header of the .npy format, version 1.0 (numpy.lib.format), padded to 64 bytes.
std::string npy_header(const std::string& type, const std::vector<std::int64_t>& shape) {
  std::string dictionary = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                       type, tuple_text(shape));
  const std::size_t unpadded = 10 + dictionary.size() + 1;
  dictionary += std::string((64 - unpadded % 64) % 64, ' ') + "\n";
  const auto length = static_cast<unsigned>(dictionary.size());
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(length & 0xFF);
  header += static_cast<char>(length >> 8);
  return header + dictionary;
}

/// The `info` file of dask.array.to_npy_stack: a pickle (protocol 0) of {chunks, dtype, axis}.
std::string stack_info(const std::string& type,
                       const std::vector<std::vector<std::int64_t>>& chunks) {
  std::string pickle = "(dVchunks\n(";
  for (const auto& axis : chunks) {
    pickle += "(";
    for (const auto length : axis) pickle += fmt::format("I{}\n", length);
    pickle += "t";
  }
  return pickle + "tsVdtype\ncnumpy\ndtype\n(V" + type + "\ntRsVaxis\nI0\ns.";
}

class NpySink final : public RowSink {
 public:
  NpySink(const mpi::Communicator& comm, std::string path, PreparedPlan plan, Recipe recipe)
      : comm_(comm), path_(std::move(path)), plan_(std::move(plan)), recipe_(std::move(recipe)) {
    mpi::agreed_on_root(comm_, "create", [&] {
      std::error_code code;
      fs::create_directory(path_, code);
      for (const auto& array : recipe_.arrays)
        fs::create_directory(fs::path(path_) / array.name, code);
      fs::create_directory(fs::path(path_) / "source_column", code);
      if (code)
        throw Error(ErrorKind::storage, "cannot make the folder",
                    {.file = path_, .value = code.message()});
    });
  }

  void write_rows(std::size_t array, mpi::Range columns, std::span<const float> rows) override {
    const auto& recipe = recipe_.arrays[array];
    mpi::agreed(comm_, "write", [&] {
      write_stack(recipe.name, columns, "<f4", recipe.shape, std::as_bytes(rows));
    });
  }

  void write_row(std::size_t /*array*/, std::int64_t /*column*/,
                 std::span<const float> /*row*/) override {
    base::expects(false, "an npy stack is written by whole shards");
  }

  void write_labels(mpi::Range columns, std::span<const std::int64_t> sources,
                    std::span<const std::vector<std::uint64_t>> /*row_hashes*/) override {
    mpi::agreed(comm_, "write",
                [&] { write_stack("source_column", columns, "<i8", {}, std::as_bytes(sources)); });
  }

  void finish(const Recipe& recipe, std::span<const std::uint64_t> shard_hashes,
              const std::string& content) override {
    const auto all = comm_.concatenate(shard_hashes);
    mpi::agreed_on_root(comm_, "write", [&] {
      for (const auto& array : recipe.arrays) write_info(array.name, "<f4", array.shape);
      write_info("source_column", "<i8", {});
      nlohmann::json metadata(plan_.provenance);
      metadata["columns"] = plan_.columns;
      metadata["shard_columns"] = plan_.shard_columns;
      metadata["content"] = content;
      metadata["shard_hash"] = all;
      metadata["recipe"] = nlohmann::json::parse(recipe.text());
      for (const auto& split : plan_.splits)
        metadata["splits"][split.name] = {split.columns.begin, split.columns.end};
      if (!plan_.groups.empty())
        metadata["groups"] = {{"begin", plan_.groups.begins()},
                              {"id", plan_.groups.ids()},
                              {"raw_columns", plan_.groups.columns()}};
      io::write_text_file(path_ + "/metadata.json", metadata.dump(1));
    });
  }

 private:
  void write_stack(const std::string& name, mpi::Range columns, const std::string& type,
                   const std::vector<std::int64_t>& row_shape,
                   std::span<const std::byte> bytes) const {
    if (columns.empty()) return;
    const std::size_t row_bytes = bytes.size() / static_cast<std::size_t>(columns.size());
    for (std::int64_t begin = columns.begin; begin < columns.end; begin += plan_.shard_columns) {
      const std::int64_t length = std::min(plan_.shard_columns, columns.end - begin);
      std::vector<std::int64_t> shape{length};
      shape.insert(shape.end(), row_shape.begin(), row_shape.end());
      const auto part = bytes.subspan(static_cast<std::size_t>(begin - columns.begin) * row_bytes,
                                      static_cast<std::size_t>(length) * row_bytes);
      write_file(fmt::format("{}/{}/{}.npy", path_, name, begin / plan_.shard_columns),
                 npy_header(type, shape), part);
      mpi::tick();
    }
  }

  static void write_file(const std::string& path, const std::string& header,
                         std::span<const std::byte> body) {
    std::FILE* file = std::fopen(path.c_str(), "wbe");
    bool good = file != nullptr &&
                std::fwrite(header.data(), 1, header.size(), file) == header.size() &&
                std::fwrite(body.data(), 1, body.size(), file) == body.size();
    const int code = errno;
    if (file != nullptr) good = std::fclose(file) == 0 && good;
    if (!good)
      throw Error(ErrorKind::storage, "cannot write", {.file = path, .value = std::strerror(code)});
  }

  void write_info(const std::string& name, const std::string& type,
                  const std::vector<std::int64_t>& row_shape) const {
    std::vector<std::vector<std::int64_t>> chunks(1);
    for (std::int64_t begin = 0; begin < plan_.columns; begin += plan_.shard_columns)
      chunks.front().push_back(std::min(plan_.shard_columns, plan_.columns - begin));
    for (const auto length : row_shape) chunks.push_back({length});
    io::write_text_file(fmt::format("{}/{}/info", path_, name), stack_info(type, chunks));
  }

  mpi::Communicator comm_;
  std::string path_;
  PreparedPlan plan_;
  Recipe recipe_;
};

}  // namespace

std::unique_ptr<RowSink> make_npy_sink(const mpi::Communicator& comm, const std::string& path,
                                       const PreparedPlan& plan, const Recipe& recipe) {
  return std::make_unique<NpySink>(comm, path, plan, recipe);
}

}  // namespace colonnade::data
