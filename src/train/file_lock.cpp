#include <colonnade/base/error.hpp>
#include <colonnade/mpi/activity.hpp>
#include <colonnade/train/file_lock.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

void refuse_second_job(const std::string& output) {
  throw Error(ErrorKind::usage, "another job writes this run",
              {.file = output, .hint = "choose another --out, or wait for its end"});
}

FileLock::FileLock(const std::string& file, const std::string& output)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (file_ < 0)
    throw Error(ErrorKind::storage, "cannot open the log",
                {.file = file, .value = std::strerror(errno)});
  for (int tries = 0; ::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; ++tries) {
    if (tries == 30) {
      ::close(file_);
      refuse_second_job(output);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    mpi::tick();
  }
}

FileLock::~FileLock() {
  ::close(file_);
}

}  // namespace colonnade::train
