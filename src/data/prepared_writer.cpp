#include "data/prepared_format.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/prepared_writer.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace colonnade::data {

using io::Hdf5File;

namespace {

/// Writes rows straight into their chunks: a chunk that is neither filtered nor converted is a
/// plain stretch of the file.
class ChunkPatcher {
 public:
  ChunkPatcher(const std::string& path, std::int64_t shard) : path_(path), shard_(shard) {
    file_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) fail();
  }
  ~ChunkPatcher() { ::close(file_); }
  ChunkPatcher(const ChunkPatcher&) = delete;
  ChunkPatcher& operator=(const ChunkPatcher&) = delete;

  void add_array(std::vector<std::uint64_t> chunks) { chunks_.push_back(std::move(chunks)); }

  void write(std::size_t array, std::int64_t column, std::span<const std::byte> row) const {
    const auto chunk = static_cast<std::size_t>(column / shard_);
    base::fault_site(base::FaultSite::write_row, path_);
    std::uint64_t offset =
        chunks_[array][chunk] + static_cast<std::uint64_t>(column % shard_) * row.size();
    while (!row.empty()) {
      const ssize_t done = ::pwrite(file_, row.data(), row.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) fail();
      row = row.subspan(static_cast<std::size_t>(done));
      offset += static_cast<std::uint64_t>(done);
    }
  }

 private:
  [[noreturn]] void fail() const {
    throw base::Error(base::ErrorKind::storage, "cannot write",
                      {.file = path_, .value = std::strerror(errno)});
  }

  std::string path_;
  std::int64_t shard_;
  int file_ = -1;
  std::vector<std::vector<std::uint64_t>> chunks_;
};

class Hdf5Sink final : public RowSink {
 public:
  Hdf5Sink(const mpi::Communicator& comm, std::string path, PreparedPlan plan, const Recipe& recipe)
      : comm_(comm), path_(std::move(path)), plan_(std::move(plan)) {
    for (const auto& array : recipe.arrays) names_.push_back(array.name);
    mpi::agreed_on_root(comm_, "create", [&] { create(recipe); });
  }

  void write_rows(std::size_t array, mpi::Range columns, std::span<const float> rows) override {
    open_for_all();
    file_->write_rows(names_[array], columns, rows);
    if (comm_.is_root()) io::start_writing_back(path_);
  }

  void write_row(std::size_t array, std::int64_t column, std::span<const float> row) override {
    if (!patcher_) open_patcher();
    patcher_->write(array, column, std::as_bytes(row));
  }

  void write_labels(mpi::Range columns, std::span<const std::int64_t> sources,
                    std::span<const std::vector<std::uint64_t>> row_hashes) override {
    open_for_all();
    file_->write_rows("source_column", columns, sources);
    for (std::size_t a = 0; a < names_.size(); ++a)
      file_->write_rows(hash_name(names_[a]), columns,
                        std::span<const std::uint64_t>(row_hashes[a]));
  }

  void finish(const Recipe& recipe, std::span<const std::uint64_t> shard_hashes,
              const std::string& content) override {
    if (file_) file_->close();
    file_.reset();
    const auto all = comm_.concatenate(shard_hashes);
    mpi::agreed_on_root(comm_, "write", [&] {
      base::fault_site(base::FaultSite::metadata, path_);
      Hdf5File file = Hdf5File::open(path_, Hdf5File::Access::write);
      write_metadata(file, recipe, plan_, all, content);
      file.close();
      seal_all_but_columns(path_, recipe);
    });
  }

 private:
  void create(const Recipe& recipe) {
    base::fault_site(base::FaultSite::create, path_);
    Hdf5File file = Hdf5File::create(path_);
    std::uint64_t bytes = std::uint64_t{1} << 20;
    const io::Dimension columns{column_dimension, plan_.columns};
    const std::int64_t padded =
        mpi::pieces(plan_.columns, plan_.shard_columns) * plan_.shard_columns;
    for (const auto& array : recipe.arrays) {
      file.create_dataset<float>(array.name, dimensions_of(array, plan_.columns),
                                 plan_.shard_columns);
      bytes += static_cast<std::uint64_t>(padded) * array.places.size() * sizeof(float);
    }
    file.create_dataset<std::int64_t>("source_column", {columns});
    for (const auto& name : names_) file.create_dataset<std::uint64_t>(hash_name(name), {columns});
    bytes += static_cast<std::uint64_t>(plan_.columns) * (1 + names_.size()) * sizeof(std::int64_t);
    file.close();
    io::reserve_bytes(path_, bytes);
  }

  void open_patcher() {
    const Hdf5File file = Hdf5File::open(path_);
    patcher_.emplace(path_, plan_.shard_columns);
    for (const auto& name : names_) patcher_->add_array(file.chunk_offsets(name));
  }

  void open_for_all() {
    patcher_.reset();
    if (!file_) file_.emplace(Hdf5File::open_collective(comm_, path_, Hdf5File::Access::write));
  }

  mpi::Communicator comm_;
  std::string path_;
  PreparedPlan plan_;
  std::vector<std::string> names_;
  std::optional<Hdf5File> file_;
  std::optional<ChunkPatcher> patcher_;
};

}  // namespace

std::unique_ptr<RowSink> make_hdf5_sink(const mpi::Communicator& comm, const std::string& path,
                                        const PreparedPlan& plan, const Recipe& recipe) {
  return std::make_unique<Hdf5Sink>(comm, path, plan, recipe);
}

}  // namespace colonnade::data
