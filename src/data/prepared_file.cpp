#include "data/prepared_format.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/data/column_hash.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/io/plain_rows.hpp>
#include <colonnade/io/seal.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
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
  Groups groups{};
  std::string split_by{};
  std::map<std::string, io::PlainRows> rows{};  ///< of all that has a row for each column

  /// **Collective.** Rows of an array as they stand in the file; each rank its own, perhaps none.
  template <typename Value>
  void read(const std::string& array, mpi::Range columns, std::span<Value> values) const {
    mpi::agreed(comm, "read",
                [&] { rows.at(array).read(columns, std::as_writable_bytes(values)); });
  }
};

namespace {

/// Bytes that one rank asks of one collective read.
constexpr std::int64_t read_bytes = std::int64_t{64} << 20;
constexpr const char* remake = "make it again with colonnade prepare";

std::string read_header(const std::string& path) {
  io::check_seal(path, "prepared file", "make one with colonnade prepare");
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
  header["split_by"] = file.text_attribute("", split_by_attribute).value_or("");
  if (file.has(group_id_name))
    header["groups"] = {file.read_all<std::int64_t>(group_begin_name),
                        file.read_all<std::int64_t>(group_id_name),
                        file.number_attribute("", raw_columns_attribute).at(0)};
  const auto add_rows = [&](const std::string& name, std::uint64_t row_bytes) {
    auto& rows =
        header["rows"][name] = {{"bytes", row_bytes}, {"stretches", nlohmann::json::array()}};
    for (const auto& [begin, end] : file.stretches(name)) rows["stretches"].push_back({begin, end});
  };
  add_rows("source_column", sizeof(std::int64_t));
  for (const auto& array : Recipe::from_text(header["recipe"], path).arrays) {
    add_rows(array.name, array.places.size() * sizeof(float));
    add_rows(hash_name(array.name), sizeof(std::uint64_t));
  }
  return header.dump();
}

Groups groups_from(const nlohmann::json& groups) {
  return {groups.at(0), groups.at(1), static_cast<std::int64_t>(groups.at(2).get<double>())};
}

/// Opens what the root has found.
std::map<std::string, io::PlainRows> open_rows(const std::string& path, const nlohmann::json& all) {
  base::fault_site(base::FaultSite::open, path);
  const auto file = std::make_shared<const io::PlainFile>(path, io::PlainFile::Order::any);
  std::map<std::string, io::PlainRows> found;
  for (const auto& [name, rows] : all.items()) {
    std::vector<io::Stretch> stretches;
    for (const auto& stretch : rows.at("stretches")) stretches.push_back({stretch[0], stretch[1]});
    found.emplace(name, io::PlainRows(file, name, std::move(stretches), rows.at("bytes")));
  }
  return found;
}

}  // namespace

PreparedFile::PreparedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
PreparedFile::PreparedFile(PreparedFile&&) noexcept = default;
PreparedFile::~PreparedFile() = default;

PreparedFile PreparedFile::open(const mpi::Communicator& comm, const std::string& path) {
  std::string text;
  mpi::agreed_on_root(comm, "open", [&] { text = read_header(path); });
  const auto header = nlohmann::json::parse(comm.broadcast(text));
  auto state = std::make_unique<State>(State{comm, path, {}, 0, 0, {}, {}, {}});
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
  state->split_by = header["split_by"];
  if (header.contains("groups")) state->groups = groups_from(header["groups"]);
  state->rows = mpi::agreed(comm, "open", [&] { return open_rows(path, header["rows"]); });
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
const Groups& PreparedFile::groups() const {
  return state_->groups;
}
const std::string& PreparedFile::split_by() const {
  return state_->split_by;
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
  static_cast<void>(read_checked(array, columns, rows));
}

std::vector<std::int64_t> PreparedFile::source_columns(mpi::Range columns) const {
  std::vector<std::int64_t> sources(static_cast<std::size_t>(columns.size()));
  state_->read("source_column", columns, std::span(sources));
  return sources;
}

RowLabels PreparedFile::labels(const std::string& array, mpi::Range columns) const {
  const auto& recipe = state_->recipe.array(array);
  RowLabels labels{.path = state_->path,
                   .array = array,
                   .number = static_cast<std::size_t>(&recipe - state_->recipe.arrays.data()),
                   .shard_columns = state_->shard_columns,
                   .columns = columns,
                   .sources = source_columns(columns),
                   .hashes = std::vector<std::uint64_t>(static_cast<std::size_t>(columns.size()))};
  state_->read(hash_name(array), columns, std::span(labels.hashes));
  return labels;
}

std::uint64_t PreparedFile::read_checked(const std::string& array, mpi::Range columns,
                                         std::span<float> rows) const {
  const auto width = static_cast<std::int64_t>(state_->recipe.array(array).places.size());
  base::expects(static_cast<std::int64_t>(rows.size()) == columns.size() * width,
                "the buffer holds exactly the rows");
  const RowLabels expected = labels(array, columns);
  const std::int64_t step =
      std::max<std::int64_t>(1, read_bytes / (width * 4 * state_->shard_columns)) *
      state_->shard_columns;
  const std::int64_t rounds = state_->comm.max(mpi::pieces(columns.size(), step));
  for (std::int64_t round = 0; round < rounds; ++round) {
    const mpi::Range part = mpi::intersection(
        columns, {columns.begin + round * step, columns.begin + (round + 1) * step});
    const auto read = rows.subspan(static_cast<std::size_t>((part.begin - columns.begin) * width),
                                   static_cast<std::size_t>(part.size() * width));
    state_->read(array, part, read);
    mpi::agreed(state_->comm, "check", [&] { expected.check(part, read); });
  }
  return std::accumulate(expected.hashes.begin(), expected.hashes.end(), std::uint64_t{0});
}

ColumnReader PreparedFile::reader(mpi::Range columns) const {
  std::vector<ColumnReader::Array> arrays;
  for (const auto& array : state_->recipe.arrays)
    arrays.push_back({labels(array.name, columns), state_->rows.at(array.name)});
  return ColumnReader(std::move(arrays));
}

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
    std::uint64_t hash = 0;
    for (const auto& array : state_->recipe.arrays) {
      buffer.resize(static_cast<std::size_t>(columns.size()) * array.places.size());
      hash += read_checked(array.name, columns, buffer);
    }
    sum += hash;
    mpi::agreed(comm, "verify", [&] {
      base::fault_site(base::FaultSite::verify, state_->path);
      if (shard < mine.end && hash != state_->shard_hashes.at(static_cast<std::size_t>(shard)))
        throw Error(ErrorKind::data, "the shard's hash is not the sum of its rows'",
                    {.file = state_->path,
                     .variable = "shard_hash",
                     .column = columns.begin,
                     .value = fmt::format("shard {}", shard),
                     .hint = remake});
    });
  }
  const auto total = static_cast<std::uint64_t>(comm.sum(static_cast<std::int64_t>(sum)));
  mpi::agreed(comm, "verify", [&] {
    if (content_hash(total, state_->recipe, state_->splits, state_->groups) != state_->content)
      throw Error(ErrorKind::data, "the file's content differs from its hash",
                  {.file = state_->path, .hint = remake});
  });
}

}  // namespace colonnade::data
