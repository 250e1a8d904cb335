#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace colonnade::train {

/// Which buckets all members of a team have finished: the members say so, another thread hears of
/// it.
class ReadyBuckets {
 public:
  ReadyBuckets(std::size_t buckets, int members);

  /// Forgets what was finished; before the members begin.
  void reset();
  /// A member has finished a bucket. True for the last one, which shall publish it.
  bool finish(std::size_t bucket) {
    return left_[bucket].fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  void publish(std::size_t bucket);
  /// The next bucket published, in turn; none if `timeout` passes before.
  std::optional<std::size_t> next(std::chrono::microseconds timeout);

 private:
  int members_;
  std::vector<std::atomic<int>> left_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> published_;
  std::size_t taken_ = 0;
};

}  // namespace colonnade::train
