#pragma once

#include <optional>
#include <string>

namespace colonnade::io {

/// A file or folder that is not whole yet, beside the name that it will have:
/// NAME.colonnade-HOST-PROCESS-NUMBER.partial, made new by this process. What was not moved into
/// place the destructor removes, and for files also a signal that ends the process.
class Partial {
 public:
  enum class Kind { file, folder };

  /// Throws a storage error when it cannot be made.
  Partial(std::string final_path, Kind kind);
  ~Partial();
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Renames it to its final name and syncs the folder. Throws a usage error when there is one of
  /// that name and `replaces` is false, a storage error when the disc refuses.
  void move_into_place(bool replaces);

 private:
  void move_aside_and_into_place();

  std::string final_, path_;
  Kind kind_;
  int slot_ = -1;  ///< in the table that the signal handler reads
};

/// What a partial file of this name will be called when it is whole; nothing for other names.
std::optional<std::string> whole_name(const std::string& name);

/// Removes the partial files and folders of `final_path` that dead processes of this host left.
void remove_leftovers(const std::string& final_path) noexcept;

/// From now on SIGTERM, SIGINT and SIGHUP remove the partial files of this process before they end
/// it; with `tells` one line on standard error names them.
void clear_up_on_signals(bool tells);

}  // namespace colonnade::io
