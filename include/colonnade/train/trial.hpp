#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace colonnade::train {

/// Which trial of a search it is, counted from 0.
struct TrialKey {
  std::int64_t rung = 0;
  std::int64_t configuration = 0;
  std::int64_t fold = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): not the comparison that the check takes it for
  auto operator<=>(const TrialKey&) const = default;
};

/// What has come of a trial: a network trained for all its epochs; an error of its options or its
/// numbers; the job died twice while it was under way; a request to stop; an error that ends the
/// search.
enum class TrialStatus { done, failed, lost, stopped, broken };

/// "done", "failed", ...
const char* name_of(TrialStatus status);

struct TrialRecord {
  TrialStatus status = TrialStatus::done;
  double loss = 0.0;  ///< of the held-out columns after the best epoch
  std::optional<double> accuracy{};
  std::int64_t best_epoch = 0;
  std::int64_t epochs = 0;  ///< that were run
  std::string message{};    ///< of an error
  double seconds = 0.0;
  int ranks = 1;

  /// In a line of JSON; from_text(text()) is equal.
  [[nodiscard]] std::string text() const;
  static TrialRecord from_text(const std::string& text);
  bool operator==(const TrialRecord&) const = default;
};

}  // namespace colonnade::train
