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

PlainRows::PlainRows(std::string path, std::string variable, std::vector<Stretch> stretches,
                     std::uint64_t row_bytes)
    : path_(std::move(path)),
      variable_(std::move(variable)),
      stretches_(std::move(stretches)),
      row_bytes_(row_bytes),
      stretch_rows_(static_cast<std::int64_t>((stretches_.front().end - stretches_.front().begin) /
                                              row_bytes)),
      file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (file_ < 0)
    throw Error(ErrorKind::storage, "cannot open the file",
                {.file = path_, .value = std::strerror(errno)});
  // The rows come in large pieces, in no order: reading ahead would read what is not asked for.
  ::posix_fadvise(file_, 0, 0, POSIX_FADV_RANDOM);
}

PlainRows::PlainRows(PlainRows&& other) noexcept
    : path_(std::move(other.path_)),
      variable_(std::move(other.variable_)),
      stretches_(std::move(other.stretches_)),
      row_bytes_(other.row_bytes_),
      stretch_rows_(other.stretch_rows_),
      file_(std::exchange(other.file_, -1)) {}

PlainRows::~PlainRows() {
  if (file_ >= 0) ::close(file_);
}

void PlainRows::read(mpi::Range rows, std::span<std::byte> bytes) const {
  base::expects(static_cast<std::uint64_t>(rows.size()) * row_bytes_ == bytes.size(),
                "the buffer holds exactly the rows");
  base::fault_site(base::FaultSite::read_rows, path_);
  while (!rows.empty()) {
    const std::int64_t stretch = rows.begin / stretch_rows_;
    const std::int64_t count = std::min(rows.end, (stretch + 1) * stretch_rows_) - rows.begin;
    const auto part = static_cast<std::uint64_t>(count) * row_bytes_;
    read_bytes(stretches_.at(static_cast<std::size_t>(stretch)).begin +
                   static_cast<std::uint64_t>(rows.begin % stretch_rows_) * row_bytes_,
               bytes.first(part));
    bytes = bytes.subspan(part);
    rows.begin += count;
  }
}

void PlainRows::read_bytes(std::uint64_t begin, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t moved = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(begin));
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0)
      throw Error(ErrorKind::storage, "cannot read the variable",
                  {.file = path_,
                   .variable = variable_,
                   .value = moved < 0 ? std::strerror(errno) : "the file ends too early"});
    bytes = bytes.subspan(static_cast<std::size_t>(moved));
    begin += static_cast<std::uint64_t>(moved);
  }
}

}  // namespace colonnade::io
