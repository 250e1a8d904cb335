#include <colonnade/base/error.hpp>
#include <colonnade/io/readable.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace colonnade::io {

using base::Error;
using base::ErrorKind;

void expect_regular(const std::string& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (std::filesystem::is_other(status))
    throw Error(ErrorKind::data, "not a regular file", {.file = path});
}

void expect_readable(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code))
    throw Error(ErrorKind::storage, "no such file", {.file = path});
  if (std::filesystem::is_directory(path))
    throw Error(ErrorKind::data, "a folder, not a file",
                {.file = path, .hint = "name its files, as in FOLDER/*.nc"});
  expect_regular(path);
  if (!std::ifstream(path, std::ios::binary))
    throw Error(ErrorKind::storage, "cannot open the file",
                {.file = path, .value = std::strerror(errno)});
  if (std::filesystem::file_size(path) == 0)
    throw Error(ErrorKind::data, "the file is empty", {.file = path});
}

}  // namespace colonnade::io
