#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace colonnade::test {

/// A folder that all ranks share for the life of a test; the root makes and removes it.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(comm_.broadcast(comm_.is_root() ? made() : "")) {}
  ~TemporaryFolder() {
    comm_.barrier();
    std::error_code ignored;
    if (comm_.is_root()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Number of files and folders in it, hidden ones too.
  [[nodiscard]] std::ptrdiff_t entries() const {
    return std::distance(std::filesystem::directory_iterator(path_), {});
  }

 private:
  static std::string made() {
    std::string name = std::filesystem::temp_directory_path() / "colonnade_test_XXXXXX";
    return mkdtemp(name.data());
  }

  mpi::Communicator comm_;
  std::string path_;
};

}  // namespace colonnade::test
