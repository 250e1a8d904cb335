#include "data/prepared_format.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/data/column_hash.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;
using io::Hdf5File;

struct PreparedFile::State {
  mpi::Communicator comm;
  std::string path;
  Recipe recipe;
  std::int64_t columns = 0;
  std::int64_t shard_columns = 0;
  std::vector<Split> splits;
  std::vector<std::uint64_t> shard_hashes;
  std::string content;
  std::optional<Hdf5File> file;
};

namespace {

/// Bytes that one rank asks of one collective read.
constexpr std::int64_t read_bytes = std::int64_t{64} << 20;
constexpr const char* remake = "make it again with colonnade prepare";

std::string read_header(const std::string& path) {
  io::describe(path);
  const Hdf5File file = Hdf5File::open(path);
  if (file.text_attribute("", format_attribute) != format_text)
    throw Error(ErrorKind::data, "not a prepared file",
                {.file = path, .hint = "make one with colonnade prepare"});
  nlohmann::json header;
  header["recipe"] = file.read_text(recipe_name);
  header["columns"] = file.shape("source_column").at(0);
  header["shard_columns"] = file.number_attribute("", "shard_columns").at(0);
  header["content"] = file.text_attribute("", "content").value_or("");
  header["shard_hashes"] = file.read_all<std::uint64_t>("shard_hash");
  for (const char* name : {"train", "validation", "test"})
    header["splits"][name] = file.number_attribute("", std::string("split_") + name);
  return header.dump();
}

}  // namespace

PreparedFile::PreparedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
PreparedFile::PreparedFile(PreparedFile&&) noexcept = default;
PreparedFile::~PreparedFile() = default;

PreparedFile PreparedFile::open(const mpi::Communicator& comm, const std::string& path) {
  std::string text;
  mpi::agreed_on_root(comm, "open", [&] {
    try {
      text = read_header(path);
    } catch (const std::out_of_range&) {
      throw Error(ErrorKind::data, "the prepared file's header is damaged",
                  {.file = path, .hint = remake});
    }
  });
  const auto header = nlohmann::json::parse(comm.broadcast(text));
  auto state = std::make_unique<State>(State{comm, path, {}, 0, 0, {}, {}, {}, std::nullopt});
  state->recipe =
      mpi::agreed(comm, "open", [&] { return Recipe::from_text(header["recipe"], path); });
  state->columns = header["columns"];
  state->shard_columns = static_cast<std::int64_t>(header["shard_columns"].get<double>());
  state->content = header["content"];
  state->shard_hashes = header["shard_hashes"].get<std::vector<std::uint64_t>>();
  for (const char* name : {"train", "validation", "test"}) {
    const auto range = header["splits"][name].get<std::vector<double>>();
    if (range.size() == 2)
      state->splits.push_back(
          {name, {static_cast<std::int64_t>(range[0]), static_cast<std::int64_t>(range[1])}});
  }
  state->file.emplace(Hdf5File::open_collective(comm, path));
  return PreparedFile(std::move(state));
}

const std::string& PreparedFile::path() const {
  return state_->path;
}
const Recipe& PreparedFile::recipe() const {
  return state_->recipe;
}
std::int64_t PreparedFile::columns() const {
  return state_->columns;
}
std::int64_t PreparedFile::shard_columns() const {
  return state_->shard_columns;
}
const std::string& PreparedFile::content() const {
  return state_->content;
}

mpi::Range PreparedFile::split(const std::string& name) const {
  for (const auto& split : state_->splits)
    if (split.name == name) return split.columns;
  throw Error(
      ErrorKind::usage, "no such split",
      {.file = state_->path, .value = name, .hint = "the splits are train, validation and test"});
}

void PreparedFile::read_rows(const std::string& array, mpi::Range columns,
                             std::span<float> rows) const {
  const auto width = static_cast<std::int64_t>(state_->recipe.array(array).places.size());
  base::expects(static_cast<std::int64_t>(rows.size()) == columns.size() * width,
                "the buffer holds exactly the rows");
  const std::int64_t step =
      std::max<std::int64_t>(1, read_bytes / (width * 4 * state_->shard_columns)) *
      state_->shard_columns;
  const std::int64_t rounds = state_->comm.max(mpi::pieces(columns.size(), step));
  for (std::int64_t round = 0; round < rounds; ++round) {
    const mpi::Range part = mpi::intersection(
        columns, {columns.begin + round * step, columns.begin + (round + 1) * step});
    state_->file->read_rows(
        array, part,
        rows.subspan(static_cast<std::size_t>((part.begin - columns.begin) * width),
                     static_cast<std::size_t>(part.size() * width)));
  }
}

std::vector<std::int64_t> PreparedFile::source_columns(mpi::Range columns) const {
  std::vector<std::int64_t> sources(static_cast<std::size_t>(columns.size()));
  state_->file->read_rows("source_column", columns, std::span(sources));
  return sources;
}

namespace {

/// The sum of the hashes of the rows of `columns` in one array.
std::uint64_t hash_rows(const PreparedFile& file, std::size_t array, mpi::Range columns,
                        std::span<const std::int64_t> sources, std::vector<float>& buffer) {
  const auto& recipe = file.recipe().arrays[array];
  const std::size_t width = recipe.places.size();
  buffer.resize(static_cast<std::size_t>(columns.size()) * width);
  file.read_rows(recipe.name, columns, buffer);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sources.size(); ++i)
    hash += row_hash(array, columns.begin + static_cast<std::int64_t>(i), sources[i],
                     std::span<const float>(buffer).subspan(i * width, width));
  return hash;
}

}  // namespace

void PreparedFile::verify() const {
  const auto& comm = state_->comm;
  const std::int64_t shards = mpi::pieces(state_->columns, state_->shard_columns);
  const mpi::Range mine = mpi::share(shards, comm.size(), comm.rank());
  const std::int64_t rounds = comm.max(mine.size());
  std::vector<float> buffer;
  std::uint64_t sum = 0;
  for (std::int64_t shard = mine.begin; shard < mine.begin + rounds; ++shard) {
    const std::int64_t begin = std::min(shard, mine.end) * state_->shard_columns;
    const mpi::Range columns =
        shard < mine.end
            ? mpi::Range{begin, std::min(state_->columns, begin + state_->shard_columns)}
            : mpi::Range{};
    const auto sources = source_columns(columns);
    std::uint64_t hash = 0;
    for (std::size_t a = 0; a < state_->recipe.arrays.size(); ++a)
      hash += hash_rows(*this, a, columns, sources, buffer);
    sum += hash;
    mpi::agreed(comm, "verify", [&] {
      if (shard < mine.end && hash != state_->shard_hashes.at(static_cast<std::size_t>(shard)))
        throw Error(ErrorKind::storage, "a shard read back differs from what was written",
                    {.file = state_->path,
                     .column = columns.begin,
                     .value = fmt::format("shard {}", shard),
                     .hint = remake});
    });
  }
  const auto total = static_cast<std::uint64_t>(comm.sum(static_cast<std::int64_t>(sum)));
  mpi::agreed(comm, "verify", [&] {
    if (content_hash(total, state_->recipe, state_->splits) != state_->content)
      throw Error(ErrorKind::storage, "the file's content differs from its hash",
                  {.file = state_->path, .hint = remake});
  });
}

}  // namespace colonnade::data
