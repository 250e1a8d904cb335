#include <colonnade/base/error.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/team.hpp>

#include <fmt/format.h>

#include <system_error>

namespace colonnade::train {

Team::Team(int members)
    : size_(members), gate_(members), errors_(static_cast<std::size_t>(members)) {
  base::expects(members > 0, "a team has members");
  try {
    for (int member = 1; member < size_; ++member)
      threads_.emplace_back([this, member] { serve(member); });
  } catch (const std::system_error& error) {
    is_over_ = true;
    const int started = static_cast<int>(threads_.size());
    for (int missing = started + 1; missing < size_; ++missing) gate_.arrive_and_drop();
    gate_.arrive_and_wait();
    throw base::Error(base::ErrorKind::usage,
                      fmt::format("the system starts {} of {} threads only", started + 1, size_),
                      {.value = error.code().message(), .hint = "use a smaller --threads"});
  }
}

Team::~Team() {
  is_over_ = true;
  gate_.arrive_and_wait();
}

std::optional<base::Error> Team::run(const Work& work) {
  work_ = &work;
  gate_.arrive_and_wait();
  run_as(0);
  gate_.arrive_and_wait();
  for (const auto& error : errors_)
    if (error) return error;
  return std::nullopt;
}

void Team::serve(int member) {
  while (true) {
    gate_.arrive_and_wait();
    if (is_over_) return;
    run_as(member);
    gate_.arrive_and_wait();
  }
}

void Team::run_as(int member) {
  errors_[static_cast<std::size_t>(member)] = mpi::error_of([&] { (*work_)(member); });
}

}  // namespace colonnade::train
