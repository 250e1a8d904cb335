#include <colonnade/base/error.hpp>
#include <colonnade/io/readable.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace colonnade::io {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

bool is_there(const std::string& path) {
  std::error_code code;
  const auto type = fs::status(path, code).type();
  if (type == fs::file_type::not_found) return false;
  if (code)
    throw Error(ErrorKind::storage, "cannot reach the file",
                {.file = path, .value = code.message()});
  return true;
}

void expect_regular(const std::string& path) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw Error(ErrorKind::data, "not a regular file", {.file = path});
}

void expect_readable(const std::string& path) {
  if (!is_there(path)) throw Error(ErrorKind::storage, "no such file", {.file = path});
  std::error_code code;
  if (fs::is_directory(path, code))
    throw Error(ErrorKind::data, "a folder, not a file",
                {.file = path, .hint = "name its files, as in FOLDER/*.nc"});
  expect_regular(path);
  if (!std::ifstream(path, std::ios::binary))
    throw Error(ErrorKind::storage, "cannot open the file",
                {.file = path, .value = std::strerror(errno)});
  if (fs::file_size(path, code) == 0)
    throw Error(ErrorKind::data, "the file is empty", {.file = path});
}

}  // namespace colonnade::io
