#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/plain_rows.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace colonnade::io {

using base::Error;
using base::ErrorKind;

PlainFile::PlainFile(std::string path, Order order)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (file_ < 0)
    throw Error(ErrorKind::storage, "cannot open the file",
                {.file = path_, .value = std::strerror(errno)});
  // Large pieces in no order: reading ahead would read what is not asked for.
  ::posix_fadvise(file_, 0, 0,
                  order == Order::ascending ? POSIX_FADV_SEQUENTIAL : POSIX_FADV_RANDOM);
}

PlainFile::~PlainFile() {
  ::close(file_);
}

void PlainFile::read(std::uint64_t begin, std::span<std::byte> bytes,
                     const std::string& variable) const {
  while (!bytes.empty()) {
    const ssize_t moved = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(begin));
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0)
      throw Error(ErrorKind::storage, "cannot read the variable",
                  {.file = path_,
                   .variable = variable,
                   .value = moved < 0 ? std::strerror(errno) : "the file ends too early"});
    bytes = bytes.subspan(static_cast<std::size_t>(moved));
    begin += static_cast<std::uint64_t>(moved);
  }
}

void PlainFile::call_for(std::uint64_t begin, std::uint64_t bytes) const noexcept {
  // Linux takes no more at once than the device reads ahead, which is this much or more.
  constexpr std::uint64_t at_once = std::uint64_t{128} << 10;
  for (const std::uint64_t end = begin + bytes; begin < end; begin += at_once)
    ::posix_fadvise(file_, static_cast<off_t>(begin),
                    static_cast<off_t>(std::min(at_once, end - begin)), POSIX_FADV_WILLNEED);
}

PlainRows::PlainRows(std::shared_ptr<const PlainFile> file, std::string variable,
                     std::vector<Stretch> stretches, std::uint64_t row_bytes)
    : file_(std::move(file)),
      variable_(std::move(variable)),
      stretches_(std::move(stretches)),
      row_bytes_(row_bytes),
      stretch_rows_(static_cast<std::int64_t>((stretches_.front().end - stretches_.front().begin) /
                                              row_bytes)) {}

template <typename Use>
void PlainRows::for_each_stretch(mpi::Range rows, Use use) const {
  while (!rows.empty()) {
    const std::int64_t stretch = rows.begin / stretch_rows_;
    const std::int64_t count = std::min(rows.end, (stretch + 1) * stretch_rows_) - rows.begin;
    use(stretches_.at(static_cast<std::size_t>(stretch)).begin +
            static_cast<std::uint64_t>(rows.begin % stretch_rows_) * row_bytes_,
        static_cast<std::uint64_t>(count) * row_bytes_);
    rows.begin += count;
  }
}

void PlainRows::read(mpi::Range rows, std::span<std::byte> bytes) const {
  base::expects(static_cast<std::uint64_t>(rows.size()) * row_bytes_ == bytes.size(),
                "the buffer holds exactly the rows");
  base::fault_site(base::FaultSite::read, file_->path());
  for_each_stretch(rows, [&](std::uint64_t begin, std::uint64_t part) {
    file_->read(begin, bytes.first(part), variable_);
    bytes = bytes.subspan(part);
  });
}

void PlainRows::call_for(mpi::Range rows) const {
  for_each_stretch(rows,
                   [&](std::uint64_t begin, std::uint64_t part) { file_->call_for(begin, part); });
}

}  // namespace colonnade::io
