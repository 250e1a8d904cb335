#include <colonnade/base/error.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace colonnade::base {

namespace {

std::string compose(const std::string& sentence, const Facts& facts) {
  std::string text;
  if (!facts.file.empty()) text += facts.file + ": ";
  if (!facts.variable.empty()) text += "variable " + facts.variable;
  if (facts.column)
    text += fmt::format("{}column {}", facts.variable.empty() ? "" : ", ", *facts.column);
  if (!facts.variable.empty() || facts.column) text += ": ";
  text += sentence;
  if (!facts.value.empty()) text += " (" + facts.value + ")";
  if (!facts.hint.empty()) text += "; " + facts.hint;
  return text;
}

}  // namespace

Error::Error(ErrorKind kind, std::string sentence, Facts facts)
    : kind_(kind),
      sentence_(std::move(sentence)),
      facts_(std::move(facts)),
      text_(compose(sentence_, facts_)) {}

void expects(bool condition, const char* promise) {
  if (!condition) throw std::logic_error(std::string("broken promise: ") + promise);
}

}  // namespace colonnade::base
