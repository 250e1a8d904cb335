#pragma once

#include <colonnade/base/error.hpp>

#include <barrier>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace colonnade::train {

/// A fixed set of threads that do one piece of work together; the calling thread is member 0 unless
/// said otherwise, and the only one that may call MPI.
class Team {
 public:
  using Work = std::function<void(int member)>;

  /// With `has_stand_in` a further thread can take the calling one's place (run_beside). Throws
  /// base::Error (usage) when the system refuses so many threads.
  explicit Team(int members, bool has_stand_in = false);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  [[nodiscard]] int size() const noexcept { return size_; }

  /// Every member runs `work(member)`; returns when all have ended, with the expected error
  /// (base::Error, no memory) of the lowest member that failed.
  std::optional<base::Error> run(const Work& work);
  /// The same, but the stand-in is member 0, and the calling thread runs `beside` meanwhile.
  std::optional<base::Error> run_beside(const Work& work, const std::function<void()>& beside);

 private:
  void serve(int member);
  void stand_in();
  void lead();
  [[nodiscard]] std::optional<base::Error> first_error() const;
  void run_as(int member);

  int size_;
  bool has_stand_in_;
  std::barrier<> gate_;         ///< of the members
  std::barrier<> handover_{2};  ///< of the calling thread and its stand-in
  const Work* work_ = nullptr;
  bool is_over_ = false;
  std::vector<std::optional<base::Error>> errors_;
  std::vector<std::jthread> threads_;
  std::jthread stand_in_;
};

}  // namespace colonnade::train
