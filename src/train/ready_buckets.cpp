#include <colonnade/train/ready_buckets.hpp>

namespace colonnade::train {

ReadyBuckets::ReadyBuckets(std::size_t buckets, int members) : members_(members), left_(buckets) {
  published_.reserve(buckets);
}

void ReadyBuckets::reset() {
  for (auto& left : left_) left = members_;
  published_.clear();
  taken_ = 0;
}

void ReadyBuckets::publish(std::size_t bucket) {
  {
    const std::lock_guard lock(mutex_);
    published_.push_back(bucket);
  }
  changed_.notify_one();
}

std::optional<std::size_t> ReadyBuckets::next(std::chrono::microseconds timeout) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, timeout, [this] { return taken_ < published_.size(); }))
    return std::nullopt;
  return published_[taken_++];
}

}  // namespace colonnade::train
