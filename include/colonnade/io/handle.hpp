#pragma once

#include <colonnade/base/error.hpp>

#include <hdf5.h>

#include <string>
#include <utility>

namespace colonnade::io {

/// An HDF5 identifier that closes itself.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(closer_, other.closer_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  [[nodiscard]] hid_t get() const { return id_; }
  [[nodiscard]] explicit operator bool() const { return id_ >= 0; }
  /// Closes now; returns what the closer returned.
  herr_t reset() {
    const herr_t status = id_ >= 0 ? closer_(id_) : 0;
    id_ = -1;
    return status;
  }

 private:
  hid_t id_ = -1;
  Closer closer_ = nullptr;
};

/// The reason at the root of HDF5's current error stack, in a few words.
std::string hdf5_reason();

/// Whether an error of HDF5's tells that the disc failed: not what the file holds.
bool is_of_disc(const base::Error& error);

/// H5Fclose, whose failure has_unclosed_file() remembers.
herr_t close_file(hid_t file);

/// Whether HDF5 1.10 could not close a file of this process, as when not even memory takes its
/// bytes (ulimit -f). It would close it once more as MPI ends, and crash: leave without that end.
bool has_unclosed_file();

/// Switches off HDF5's own printing of errors, once for the process.
void silence_hdf5();

/// Wraps a new identifier; throws a storage error "cannot WHAT (HDF5's reason)" when it is
/// negative.
Handle checked(hid_t id, Handle::Closer closer, const std::string& file,
               const std::string& variable, const char* what);

/// Throws the same error when `status` is negative.
void check(herr_t status, const std::string& file, const std::string& variable, const char* what);

}  // namespace colonnade::io
