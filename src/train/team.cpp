#include <colonnade/base/error.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/team.hpp>

#include <fmt/format.h>

#include <system_error>

namespace colonnade::train {

Team::Team(int members, bool has_stand_in)
    : size_(members),
      has_stand_in_(has_stand_in),
      gate_(members),
      errors_(static_cast<std::size_t>(members)) {
  base::expects(members > 0, "a team has members");
  try {
    for (int member = 1; member < size_; ++member)
      threads_.emplace_back([this, member] { serve(member); });
    if (has_stand_in_) stand_in_ = std::jthread([this] { stand_in(); });
  } catch (const std::system_error& error) {
    is_over_ = true;
    const int started = static_cast<int>(threads_.size());
    for (int missing = started + 1; missing < size_; ++missing) gate_.arrive_and_drop();
    gate_.arrive_and_wait();
    throw base::Error(base::ErrorKind::usage,
                      fmt::format("the system starts {} of {} threads only", started + 1,
                                  size_ + (has_stand_in_ ? 1 : 0)),
                      {.value = error.code().message(), .hint = "use a smaller --threads"});
  }
}

Team::~Team() {
  is_over_ = true;
  gate_.arrive_and_wait();
  if (has_stand_in_) handover_.arrive_and_wait();
}

std::optional<base::Error> Team::run(const Work& work) {
  work_ = &work;
  lead();
  return first_error();
}

std::optional<base::Error> Team::run_beside(const Work& work, const std::function<void()>& beside) {
  base::expects(has_stand_in_, "a team has a stand-in where it is needed");
  work_ = &work;
  handover_.arrive_and_wait();
  beside();
  handover_.arrive_and_wait();
  return first_error();
}

void Team::stand_in() {
  while (true) {
    handover_.arrive_and_wait();
    if (is_over_) return;
    lead();
    handover_.arrive_and_wait();
  }
}

void Team::lead() {
  gate_.arrive_and_wait();
  run_as(0);
  gate_.arrive_and_wait();
}

std::optional<base::Error> Team::first_error() const {
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
