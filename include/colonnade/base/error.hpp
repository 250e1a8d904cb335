#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

namespace colonnade::base {

/// What went wrong, as the exit code that the program ends with.
enum class ErrorKind : int {
  different = 1,  ///< what was compared is not the same: no failure
  usage = 2,      ///< the call cannot be carried out as written
  data = 3,       ///< the input does not hold what is asked of it
  storage = 4,    ///< a file or a disc refused
  numeric = 5,    ///< the calculation left the finite numbers
  internal = 70,  ///< a bug or a lost rank
  stopped = 75    ///< ended on request, with all that a resume needs: no failure
};

/// Where an error happened; empty fields are not printed.
struct Facts {
  std::string file{};
  std::string variable{};
  std::optional<std::int64_t> column{};
  std::string value{};
  std::string hint{};         ///< what the user can do next
  std::string phase{};        ///< what the job was doing; not printed with the sentence
  std::optional<int> rank{};  ///< who failed; not printed with the sentence
};

/// An expected failure: ends the job with one sentence made from its facts, and its kind's exit
/// code.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string sentence, Facts facts = {});

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
  [[nodiscard]] const std::string& sentence() const noexcept { return sentence_; }
  /// "FILE: variable V, column C: SENTENCE (value); HINT".
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorKind kind_;
  std::string sentence_;
  Facts facts_;
  std::string text_;
};

/// Throws std::logic_error, which nothing catches: a broken promise between callers is a bug.
void expects(bool condition, const char* promise);

}  // namespace colonnade::base
