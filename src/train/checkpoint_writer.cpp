#include <colonnade/base/fault.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/checkpoint_folder.hpp>
#include <colonnade/train/checkpoint_writer.hpp>
#include <colonnade/train/stopwatch.hpp>

#include <chrono>
#include <filesystem>
#include <utility>

namespace colonnade::train {

namespace fs = std::filesystem;

namespace {

void make_folder(const std::string& folder) {
  std::error_code code, ignored;
  if (!fs::create_directory(folder, code) && !fs::is_directory(folder, ignored))
    throw base::Error(base::ErrorKind::storage, "cannot make the folder of checkpoints",
                      {.file = folder, .value = code.message()});
}

WrittenCheckpoint written(const std::string& folder, std::int64_t step, std::int64_t keep,
                          const Checkpoint& checkpoint) {
  WrittenCheckpoint result{.step = step, .path = checkpoint_path(folder, step), .error = {}};
  Stopwatch watch;
  result.error = mpi::error_of([&] {
    base::fault_site(base::FaultSite::checkpoint, result.path);
    make_folder(folder);
    write_checkpoint(result.path, checkpoint);
    prune_checkpoints(folder, step, keep);
  });
  result.seconds = watch.lap_s();
  return result;
}

}  // namespace

CheckpointWriter::CheckpointWriter(std::string folder, std::int64_t keep)
    : folder_(std::move(folder)), keep_(keep) {}

void CheckpointWriter::start(std::int64_t step, Checkpoint checkpoint) {
  base::expects(!under_way_.valid(), "one checkpoint is written at a time");
  // Where the system refuses a thread, the default policy writes in wait().
  under_way_ = std::async([folder = folder_, step, keep = keep_, all = std::move(checkpoint)] {
    return written(folder, step, keep, all);
  });
}

std::optional<WrittenCheckpoint> CheckpointWriter::wait() {
  if (!under_way_.valid()) return std::nullopt;
  return under_way_.get();
}

std::optional<WrittenCheckpoint> CheckpointWriter::poll() {
  const bool is_writing = under_way_.valid() && under_way_.wait_for(std::chrono::seconds(0)) ==
                                                    std::future_status::timeout;
  return is_writing ? std::nullopt : wait();
}

}  // namespace colonnade::train
