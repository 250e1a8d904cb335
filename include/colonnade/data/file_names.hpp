#pragma once

#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace colonnade::data {

/// Values of a file's fields, by the fields' names.
using Fields = std::map<std::string, std::string, std::less<>>;

/// What the parts of a file's name say: its product, year, day, place.
///
/// Either a list of names, `product,year,-,hour`: the parts of the base name, without its
/// extension, between underscores; `-` skips a part, later fields are empty where parts are
/// missing, and further parts are ignored. Or a template with braces, `{product}/{year}/*`:
/// compared with the end of the path, from its beginning or from after a slash; `{name}` takes as
/// few characters as it can, perhaps none, and no slash, `*` any characters but a slash.
class NameFields {
 public:
  /// Throws a usage error when the text is neither.
  static NameFields parse(const std::string& text);

  /// Throws a usage error naming the file and the template when they do not match.
  [[nodiscard]] Fields of(const std::string& path) const;
  /// The fields, in the order of the text.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  /// Throws a usage error, which names the known ones, when there is no such field; `option` is who
  /// asks, "--where".
  void expect_known(const std::string& name, const std::string& option) const;

 private:
  void add(const std::string& name);

  std::string text_;
  std::vector<std::string> names_;
  std::vector<std::string> parts_;  ///< of a list: the names, and "-"
  std::regex template_;             ///< of a template
  bool is_template_ = false;
};

/// Conditions on fields, all of which must hold: `year=2018 day=317..318,320 product=FDCC,ACM`. A
/// value is met by the same text or number (7 by 007), a..b by numbers from a to b, both among
/// them.
class Where {
 public:
  /// Throws a usage error when the text is no such list, or a field is not among `known`; `option`
  /// is who asks, "--where".
  static Where parse(const std::string& text, const NameFields& known, const std::string& option);

  [[nodiscard]] bool matches(const Fields& fields) const;
  [[nodiscard]] std::string text() const;
  /// The paths whose fields match, in their order. Throws a usage error when none is left, naming
  /// the condition that took the last one.
  [[nodiscard]] std::vector<std::string> filter(const std::vector<std::string>& paths,
                                                const NameFields& names) const;

 private:
  struct Item {
    std::string text;
    double low, high;  ///< of a range or a number, else NaN
  };
  struct Condition {
    std::string text, field;
    std::vector<Item> items;
    [[nodiscard]] bool holds(std::string_view value) const;
  };

  static Condition condition(const std::string& word, const std::string& option);

  std::string option_;
  std::vector<Condition> conditions_;
};

}  // namespace colonnade::data
