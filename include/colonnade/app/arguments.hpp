#pragma once

#include <colonnade/base/error.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace colonnade::app {

/// The resolved values of one call: from the command line, else the config file, else the defaults.
///
/// Values were checked against the table when they were parsed. A getter throws base::Error of kind
/// usage, naming the option, when an option without a default was not given, and std::logic_error
/// when the command has no such option.
class Arguments {
 public:
  struct Value {
    std::string text{};
    bool is_set = false;
    bool is_given = false;  ///< by the user, not by default
  };
  using Values = std::map<std::string, Value, std::less<>>;

  Arguments(Values values, std::vector<std::string> files);

  /// Whether the user gave the option, on the command line or in the config.
  [[nodiscard]] bool given(std::string_view name) const;
  /// Whether the command has such an option.
  [[nodiscard]] bool knows(std::string_view name) const { return values_.contains(name); }
  /// Whether the option has a value, given or by default.
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] const std::string& text(std::string_view name) const;
  /// Texts between commas or blanks: "q,t  p" is three.
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double real(std::string_view name) const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view name) const;
  [[nodiscard]] std::vector<double> reals(std::string_view name) const;
  /// Bytes: "4G" and "4GiB" are 4 * 1024^3, "4GB" is 4 * 1000^3.
  [[nodiscard]] std::int64_t bytes(std::string_view name) const;
  /// Seconds: "90", "90s", "10min", "2h", "1d".
  [[nodiscard]] double seconds(std::string_view name) const;
  /// The value that stands beside the chosen word.
  template <typename T>
  [[nodiscard]] T choice(std::string_view name,
                         std::initializer_list<std::pair<std::string_view, T>> values) const {
    const std::string& chosen = text(name);
    for (const auto& [word, value] : values)
      if (word == chosen) return value;
    base::expects(false, "every choice in the table has a value");
    return T{};
  }
  /// The positional arguments, patterns expanded.
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

  /// For the way from the root to the other ranks.
  [[nodiscard]] std::string packed() const;
  static Arguments unpacked(const std::string& packed);

 private:
  [[nodiscard]] const Value& at(std::string_view name) const;

  Values values_;
  std::vector<std::string> files_;
};

/// The files that a call reads, which no output may replace: its positional ones, `others`, and the
/// config file.
std::vector<std::string> inputs_of(const Arguments& arguments,
                                   std::vector<std::string> others = {});

}  // namespace colonnade::app
