#include <colonnade/train/class_decisions.hpp>

#include <algorithm>

namespace colonnade::train {

using Kind = data::Classes::Kind;

namespace {

/// Places in the 2 x 2 counts of a class.
enum Pair : std::size_t { true_no, false_yes, false_no, true_yes, pairs };

double ratio(double part, double whole) {
  return whole == 0.0 ? 0.0 : part / whole;
}

double number(std::uint64_t count) {
  return static_cast<double>(count);
}

void add_scaled(ClassSkill& sum, const ClassSkill& skill, double weight) {
  sum.precision += weight * skill.precision;
  sum.recall += weight * skill.recall;
  sum.f1 += weight * skill.f1;
}

}  // namespace

ClassSkill skill_of(double hits, double predicted, double true_) {
  return {ratio(hits, predicted), ratio(hits, true_), ratio(2.0 * hits, predicted + true_)};
}

std::uint64_t ClassDecisions::hits(std::size_t c) const {
  return kind == Kind::one ? confusion[c * classes + c] : confusion[c * pairs + true_yes];
}

std::uint64_t ClassDecisions::support(std::size_t c) const {
  if (kind == Kind::many) return confusion[c * pairs + false_no] + hits(c);
  std::uint64_t sum = 0;
  for (std::size_t other = 0; other < classes; ++other) sum += confusion[c * classes + other];
  return sum;
}

std::uint64_t ClassDecisions::predicted(std::size_t c) const {
  if (kind == Kind::many) return confusion[c * pairs + false_yes] + hits(c);
  std::uint64_t sum = 0;
  for (std::size_t other = 0; other < classes; ++other) sum += confusion[other * classes + c];
  return sum;
}

double ClassDecisions::accuracy() const {
  return ratio(number(exact), number(columns));
}

double ClassDecisions::hamming_loss() const {
  std::uint64_t wrong = 0;
  for (std::size_t c = 0; c < classes; ++c) wrong += support(c) + predicted(c) - 2 * hits(c);
  return ratio(number(wrong), number(columns) * static_cast<double>(classes));
}

ClassSkill ClassDecisions::skill(std::size_t c) const {
  return skill_of(number(hits(c)), number(predicted(c)), number(support(c)));
}

ClassSkill ClassDecisions::micro() const {
  std::uint64_t all_hits = 0, all_predicted = 0, all_true = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    all_hits += hits(c);
    all_predicted += predicted(c);
    all_true += support(c);
  }
  return skill_of(number(all_hits), number(all_predicted), number(all_true));
}

ClassSkill ClassDecisions::macro() const {
  ClassSkill mean;
  for (std::size_t c = 0; c < classes; ++c)
    add_scaled(mean, skill(c), 1.0 / static_cast<double>(classes));
  return mean;
}

ClassSkill ClassDecisions::weighted() const {
  ClassSkill mean;
  std::uint64_t all = 0;
  for (std::size_t c = 0; c < classes; ++c) all += support(c);
  for (std::size_t c = 0; c < classes; ++c)
    add_scaled(mean, skill(c), ratio(number(support(c)), number(all)));
  return mean;
}

DecisionCounts::DecisionCounts(Kind kind, std::size_t classes)
    : kind_(kind),
      classes_(classes),
      counts_(1 + (kind == Kind::one ? classes * classes : classes * pairs)) {}

void DecisionCounts::add(std::span<const float> truth, std::span<const std::int8_t> predicted,
                         std::span<double> samples) {
  const auto confusion = std::span(counts_).subspan(1);
  if (kind_ == Kind::one) {
    const auto place = [](auto row, auto is_member) {
      return static_cast<std::size_t>(std::find_if(row.begin(), row.end(), is_member) -
                                      row.begin());
    };
    const auto is = place(truth, [](float value) { return value != 0.0F; });
    const auto said = place(predicted, [](std::int8_t value) { return value != 0; });
    ++confusion[is * classes_ + said];
    if (is == said) ++counts_[0];
    return;
  }
  std::size_t hits = 0, yes = 0, members = 0;
  for (std::size_t c = 0; c < classes_; ++c) {
    const bool is = truth[c] != 0.0F, said = predicted[c] != 0;
    ++confusion[c * pairs + (is ? false_no : true_no) + (said ? 1 : 0)];
    hits += is && said ? 1 : 0;
    yes += said ? 1 : 0;
    members += is ? 1 : 0;
  }
  if (hits == yes && hits == members) ++counts_[0];
  const auto skill =
      skill_of(static_cast<double>(hits), static_cast<double>(yes), static_cast<double>(members));
  samples[0] += skill.precision;
  samples[1] += skill.recall;
  samples[2] += skill.f1;
}

ClassDecisions DecisionCounts::result(const mpi::Communicator& comm, std::uint64_t columns,
                                      std::span<const double> samples) const {
  auto counts = counts_;
  comm.sum(std::span(counts));
  ClassDecisions decisions{.kind = kind_,
                           .classes = classes_,
                           .columns = columns,
                           .exact = counts.front(),
                           .confusion = {counts.begin() + 1, counts.end()}};
  const auto all = number(columns);
  if (kind_ == Kind::many)
    decisions.samples = {ratio(samples[0], all), ratio(samples[1], all), ratio(samples[2], all)};
  return decisions;
}

}  // namespace colonnade::train
