#pragma once

#include <string>

namespace colonnade::train {

/// Keeps a second job from writing where one writes already, for as long as it lives.
class FileLock {
 public:
  /// Locks a file of the folder `output`, made if need be; waits some seconds for a job that was
  /// killed a moment ago. Throws a usage error when another job has it, and a storage error.
  FileLock(const std::string& file, const std::string& output);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int file_ = -1;
};

/// Throws the usage error that another job writes `output`.
[[noreturn]] void refuse_second_job(const std::string& output);

}  // namespace colonnade::train
