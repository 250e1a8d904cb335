#include <colonnade/base/error.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/train/line_file.hpp>

#include <cerrno>
#include <cstring>

namespace colonnade::train {

void LineFile::start(const std::string& text) {
  text_ = text;
  io::write_text_file(path_, text);
  file_.open(path_, std::ios::app);
}

void LineFile::add(const std::string& line) {
  text_ += line + '\n';
  file_ << line << '\n' << std::flush;
  if (!file_)
    throw base::Error(base::ErrorKind::storage, "cannot append to the file",
                      {.file = path_, .value = std::strerror(errno)});
}

}  // namespace colonnade::train
