#pragma once

#include <fstream>
#include <string>

namespace colonnade::train {

/// A text file that grows line by line and is kept in memory as well, for checkpoints. On one
/// process.
class LineFile {
 public:
  explicit LineFile(std::string path) : path_(std::move(path)) {}

  /// Makes the file hold `text`, in place of an older one. Throws a storage error.
  void start(const std::string& text);
  /// Appends a line, and hands it to the system. Throws a storage error.
  void add(const std::string& line);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string path_;
  std::string text_;
  std::ofstream file_;
};

}  // namespace colonnade::train
