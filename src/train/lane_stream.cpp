#include "train/column_rows.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/lane_columns.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace colonnade::train {

namespace {

/// Rows that a window of the longest lane takes.
std::int64_t rows_of_window(const Lanes& lanes) {
  return std::min(lanes.window_columns(), lanes.columns_of({0, 1}).size());
}

/// Windows are numbered through all epochs; window n lies in the buffers n % 2.
class LaneStream final : public LaneColumns {
 public:
  LaneStream(const mpi::Communicator& comm, const Lanes& lanes, const ColumnSource& source,
             nn::Precision precision, std::int64_t epochs)
      : lanes_(lanes),
        own_(lanes_of_rank(lanes.count(), comm.size(), comm.rank())),
        begin_(source.train.begin),
        end_(epochs * lanes.windows_per_epoch()),
        read_(source.reader(mpi::shifted(lanes.columns_of(own_), begin_))) {
    mpi::agreed(comm, "allocating columns", [&] {
      base::fault_site(base::FaultSite::column_memory);
      for (auto& buffers : buffers_)
        for (std::int64_t lane = own_.begin; lane < own_.end; ++lane)
          buffers.emplace_back(rows_of_window(lanes), widths_of(source), precision);
      start();
    });
  }

  void gather(const LaneStep& at, const MicroBatch& into) override {
    std::vector<std::int64_t> places;
    lanes_.select_places(at.epoch, at.step, at.lane, places);
    rows_of(at).copy(places, 0, into);
    clear_rows(static_cast<std::int64_t>(places.size()), into);
  }

  std::uint64_t hash(const LaneStep& at) override {
    std::vector<std::int64_t> places, columns;
    lanes_.select_places(at.epoch, at.step, at.lane, places);
    lanes_.select(at.epoch, at.step, at.lane, columns);
    const ColumnRows& rows = rows_of(at);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < places.size(); ++i)
      sum += rows.hash(places[i], begin_ + columns[i]);
    return sum;
  }

 private:
  static std::size_t buffers_of(std::int64_t window) {
    return static_cast<std::size_t>(window % 2);
  }

  void start() {
    try {
      thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    } catch (const std::system_error& error) {
      throw base::Error(base::ErrorKind::storage, "the system starts no thread to read columns",
                        {.value = error.code().message()});
    }
  }

  /// Waits for the window that holds a micro-batch.
  const ColumnRows& rows_of(const LaneStep& at) {
    const std::int64_t window =
        at.epoch * lanes_.windows_per_epoch() + at.step / Lanes::window_steps;
    std::unique_lock lock(mutex_);
    if (std::exchange(used_, window) != window) changed_.notify_all();
    changed_.wait(lock, [&] { return held_[buffers_of(window)] == window || error_.has_value(); });
    if (held_[buffers_of(window)] != window) throw base::Error(*error_);
    return buffers_[buffers_of(window)][static_cast<std::size_t>(at.lane - own_.begin)];
  }

  /// The window to read now: the one in use, else the one behind it.
  [[nodiscard]] std::optional<std::int64_t> wanted() const {
    if (used_ >= 0)
      for (std::int64_t window = used_; window < std::min(used_ + 2, end_); ++window)
        if (held_[buffers_of(window)] != window) return window;
    return std::nullopt;
  }

  void serve(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, stop, [&] { return wanted().has_value(); });
      if (stop.stop_requested()) return;
      const std::int64_t window = *wanted();
      held_[buffers_of(window)] = none;
      lock.unlock();
      auto error = mpi::error_of([&] { read(window, stop); });
      lock.lock();
      if (error)
        error_ = std::move(error);
      else
        held_[buffers_of(window)] = window;
      changed_.notify_all();
      if (error_) return;
    }
  }

  void read(std::int64_t window, const std::stop_token& stop) {
    const std::int64_t epoch = window / lanes_.windows_per_epoch();
    for (std::int64_t lane = own_.begin; lane < own_.end; ++lane) {
      auto& rows = buffers_[buffers_of(window)][static_cast<std::size_t>(lane - own_.begin)];
      std::int64_t row = 0;
      for (const auto& columns : lanes_.window(epoch, window % lanes_.windows_per_epoch(), lane)) {
        if (stop.stop_requested()) return;
        rows.read(read_, mpi::shifted(columns, begin_), row, staging_);
        row += columns.size();
        mpi::tick();
      }
    }
  }

  static constexpr std::int64_t none = -1;

  Lanes lanes_;
  mpi::Range own_;      ///< lanes of this rank
  std::int64_t begin_;  ///< of the training split
  std::int64_t end_;    ///< of the windows
  ReadRows read_;
  std::array<std::vector<ColumnRows>, 2> buffers_;  ///< of each lane
  std::vector<float> staging_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::array<std::int64_t, 2> held_{none, none};  ///< the windows in the buffers
  std::int64_t used_ = none;
  std::optional<base::Error> error_;  ///< the thread has ended with it
  std::jthread thread_;               ///< last, so that it is joined before the others go
};

}  // namespace

std::unique_ptr<LaneColumns> stream_lanes(const mpi::Communicator& comm, const Lanes& lanes,
                                          const ColumnSource& source, nn::Precision precision,
                                          std::int64_t epochs) {
  return std::make_unique<LaneStream>(comm, lanes, source, precision, epochs);
}

std::int64_t bytes_of_stream(const Lanes& lanes, const ColumnSource& source,
                             nn::Precision precision, int ranks, int rank) {
  const std::int64_t own = lanes_of_rank(lanes.count(), ranks, rank).size();
  return 2 * own * rows_of_window(lanes) * bytes_of_column(source, precision);
}

}  // namespace colonnade::train
