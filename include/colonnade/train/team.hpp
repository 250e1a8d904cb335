#pragma once

#include <colonnade/base/error.hpp>

#include <barrier>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace colonnade::train {

/// A fixed set of threads that do one piece of work together; the calling thread is member 0, and
/// the only one that may call MPI.
class Team {
 public:
  using Work = std::function<void(int member)>;

  /// Throws base::Error (usage) when the system refuses so many threads.
  explicit Team(int members);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  [[nodiscard]] int size() const noexcept { return size_; }

  /// Every member runs `work(member)`; returns when all have ended, with the expected error
  /// (base::Error, no memory) of the lowest member that failed.
  std::optional<base::Error> run(const Work& work);

 private:
  void serve(int member);
  void run_as(int member);

  int size_;
  std::barrier<> gate_;
  const Work* work_ = nullptr;
  bool is_over_ = false;
  std::vector<std::optional<base::Error>> errors_;
  std::vector<std::jthread> threads_;
};

}  // namespace colonnade::train
