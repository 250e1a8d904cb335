#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/team.hpp>

#include <fmt/format.h>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

int checked(int members) {
  if (members < 1)
    throw Error(ErrorKind::usage, fmt::format("{} threads can do no work", members),
                {.hint = "give --threads a positive value"});
  return members;
}

}  // namespace

Team::Team(int members)
    : size_(checked(members)), gate_(members), errors_(static_cast<std::size_t>(members)) {
  for (int member = 1; member < size_; ++member)
    threads_.emplace_back([this, member] { serve(member); });
}

Team::~Team() {
  is_over_ = true;
  gate_.arrive_and_wait();
}

std::optional<Error> Team::run(const Work& work) {
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
