#include "data/class_encoder.hpp"
#include "data/piece_reader.hpp"
#include "data/prepared_format.hpp"
#include "data/shares.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/moments.hpp>
#include <colonnade/data/normalise.hpp>
#include <colonnade/data/prepare.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

/// For the columns that are not left out.
MissingPolicy left_policy(MissingPolicy missing) {
  if (missing.drops())
    missing.kind = missing.fills_rest ? MissingPolicy::Kind::fill : MissingPolicy::Kind::keep;
  return missing;
}

/// The steps of prepare, which share the plan.
class Preparation {
 public:
  Preparation(const mpi::Communicator& comm, const PrepareOptions& options, PrepareSummary summary,
              const base::ProgressSink& progress)
      : comm_(comm), options_(options), summary_(std::move(summary)), progress_(progress) {
    for (auto& array : summary_.recipe.arrays) moments_.emplace_back(comm_, array.places.size());
    if (summary_.recipe.classes) classes_.emplace(summary_.recipe);
  }

  PrepareReport run();

 private:
  std::vector<std::int64_t> find_dropped();
  void take_statistics();
  void set_encodings();
  void normalise(ArrayRecipe& array) const;
  void drop_constants();
  /// **Collective.** As PieceReader gives them.
  [[nodiscard]] std::span<const float> rows_of(PieceReader& reader, std::size_t array) const;
  void count_classes(const PieceReader& reader, std::span<const float> rows,
                     const Ownership& ownership, std::int64_t pass);
  void read_into(Shares& shares, const Ownership& ownership, std::int64_t pass);
  [[nodiscard]] bool knows_statistics_first() const {
    return !summary_.in_memory || options_.drop_constant;
  }
  [[nodiscard]] PieceReader::Direction direction(std::int64_t pass) const;
  template <typename Work>
  void for_each_round(mpi::Phase phase, Work work, PieceReader::Direction direction,
                      std::int64_t pass = 0, std::int64_t passes = 1);
  void report_constants(PrepareReport& report) const;
  [[nodiscard]] std::map<std::string, std::string> provenance() const;

  mpi::Communicator comm_;
  const PrepareOptions& options_;
  PrepareSummary summary_;
  const base::ProgressSink& progress_;
  std::vector<Moments> moments_;
  std::optional<ColumnOrder> order_;
  std::vector<Split> splits_;
  std::optional<PresenceCounts> presence_;  ///< once it is known
  std::optional<ClassEncoder> classes_;
  std::vector<std::vector<std::uint64_t>> class_counts_;  ///< of each split, on this rank
  std::int64_t bytes_read_ = 0;
};

/// Forwards for the statistics, which are merged in order; then to and fro, so that a page cache
/// smaller than the input still serves what the reading before left in it.
PieceReader::Direction Preparation::direction(std::int64_t pass) const {
  using enum PieceReader::Direction;
  return (pass + (knows_statistics_first() ? 1 : 0)) % 2 == 0 ? forwards : backwards;
}

template <typename Work>
void Preparation::for_each_round(mpi::Phase phase, Work work, PieceReader::Direction direction,
                                 std::int64_t pass, std::int64_t passes) {
  const mpi::InPhase here(phase);
  PieceReader reader(comm_, summary_.set, left_policy(options_.missing), options_.inputs.size(),
                     direction);
  for (std::int64_t round = 0; round < reader.rounds(); ++round) {
    work(reader, round);
    progress_(
        phase.text(),
        pass * summary_.columns + std::min(summary_.columns, (round + 1) * reader.round_columns()),
        passes * summary_.columns);
  }
  bytes_read_ += reader.bytes_read();
  if (options_.missing.kind != MissingPolicy::Kind::fill || presence_) return;
  presence_ = reader.presence();
  for (auto& count : *presence_) count = comm_.sum(count);
}

/// The columns that the policy leaves out, ascending.
std::vector<std::int64_t> Preparation::find_dropped() {
  const auto& missing = options_.missing;
  if (!missing.drops()) return {};
  const auto index = index_missing(comm_, summary_.set, options_.inputs.size(), progress_);
  bytes_read_ += index.bytes_read;
  presence_ = index.counts;
  return mpi::agreed(comm_, "plan", [&] { return index.dropped(missing, summary_.set); });
}

std::span<const float> Preparation::rows_of(PieceReader& reader, std::size_t array) const {
  const auto& recipe = summary_.recipe.arrays[array];
  return classes_ && recipe.name == "y" ? reader.class_rows(recipe, *classes_)
                                        : reader.rows_of(recipe);
}

/// Each column once: in the pass that it belongs to.
void Preparation::count_classes(const PieceReader& reader, std::span<const float> rows,
                                const Ownership& ownership, std::int64_t pass) {
  if (!classes_) return;
  const std::size_t width = summary_.recipe.array("y").places.size();
  class_counts_.resize(splits_.size(), std::vector<std::uint64_t>(width));
  for (std::size_t i = 0; i < reader.positions().size(); ++i) {
    const auto position = reader.positions()[i];
    if (!ownership.is_in_pass(position, pass)) continue;
    for (std::size_t s = 0; s < splits_.size(); ++s) {
      if (!splits_[s].columns.contains(position)) continue;
      for (std::size_t c = 0; c < width; ++c)
        class_counts_[s][c] += rows[i * width + c] > 0.0F ? 1U : 0U;
    }
  }
}

void Preparation::take_statistics() {
  const auto take = [&](PieceReader& reader, std::int64_t round) {
    reader.read(round, *order_);
    base::fault_site(base::FaultSite::statistics);
    for (std::size_t a = 0; a < moments_.size(); ++a) {
      const auto rows = rows_of(reader, a);
      moments_[a].add_round(rows, reader.in_range(splits_.front().columns), reader.has_piece());
    }
  };
  for_each_round("statistics", take, PieceReader::Direction::forwards);
}

void Preparation::set_encodings() {
  for (std::size_t a = 0; a < moments_.size(); ++a) {
    auto& array = summary_.recipe.arrays[a];
    array.encoding.statistics = moments_[a].result();
    normalise(array);
  }
}

void Preparation::normalise(ArrayRecipe& array) const {
  const bool is_target = array.name == "y";
  if (const auto& published = is_target ? summary_.target_norm : summary_.input_norm)
    published->set(array.encoding);
  else
    set_normalisation(array.encoding,
                      is_target && classes_ ? Normalisation::none : options_.normalisation,
                      is_target ? options_.one_scale_per_target : options_.one_scale_per_input);
  if (!is_target)
    weigh(array.encoding, factors_of(options_.input_weights, array.encoding.features, ""));
}

void Preparation::drop_constants() {
  auto& x = summary_.recipe.array("x");
  const auto constant = x.encoding.statistics.constants();
  for (const std::size_t i : constant) {
    auto value = static_cast<float>(x.encoding.statistics.min[i]);
    x.encoding.transforms[i].invert(&value, 1);
    x.constants.push_back({x.encoding.features[i], x.places[i], static_cast<double>(value)});
  }
  const Error none(ErrorKind::data, "every feature is constant",
                   {.hint = "leave --drop-constant out"});
  if (constant.size() == x.places.size()) mpi::agree(comm_, "plan", none);
  remove_features(x, constant);
  normalise(x);
}

/// The statistics want all columns, of which the shares take those of the pass.
void Preparation::read_into(Shares& shares, const Ownership& ownership, std::int64_t pass) {
  const bool statistics_known = knows_statistics_first() || pass > 0;
  const PieceReader::Wanted wanted = [&](std::int64_t position) {
    return !statistics_known || ownership.is_in_pass(position, pass);
  };
  const auto take = [&](PieceReader& reader, std::int64_t round) {
    reader.read(round, *order_, wanted);
    for (std::size_t a = 0; a < summary_.recipe.arrays.size(); ++a) {
      const auto rows = rows_of(reader, a);
      if (!statistics_known) {
        const mpi::InPhase here("statistics");
        base::fault_site(base::FaultSite::statistics);
        moments_[a].add_round(rows, reader.in_range(splits_.front().columns), reader.has_piece());
      }
      if (summary_.recipe.arrays[a].name == "y") count_classes(reader, rows, ownership, pass);
      const mpi::InPhase here("reshard");
      base::fault_site(base::FaultSite::reshard);
      shares.take(a, rows, reader.positions(), reader.sources());
    }
  };
  for_each_round("read", take, direction(pass), pass, ownership.passes);
}

void Preparation::report_constants(PrepareReport& report) const {
  for (const auto& array : summary_.recipe.arrays) {
    const auto constant = array.encoding.statistics.constants();
    const auto names = compact_names(array.encoding.features, constant);
    report.constant_features.insert(report.constant_features.end(), names.begin(), names.end());
    report.constants += static_cast<std::int64_t>(constant.size());
  }
}

std::map<std::string, std::string> Preparation::provenance() const {
  auto attributes = options_.provenance;
  nlohmann::json files;
  for (const auto& file : summary_.set.files)
    if (summary_.set.sampling)
      files.push_back({{"path", file.path}, {"bytes", file.bytes}});
    else
      files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"columns", file.columns}});
  attributes["source_files"] = files.dump();
  if (const auto rule = options_.division.text(); !rule.empty())
    attributes[split_by_attribute] = rule;
  return attributes;
}

PrepareReport Preparation::run() {
  const auto start = std::chrono::steady_clock::now();
  io::OutputPath output(comm_, options_.out, options_.force,
                        options_.npy ? io::Partial::Kind::folder : io::Partial::Kind::file);
  auto dropped = find_dropped();
  PrepareReport report;
  report.dropped = static_cast<std::int64_t>(dropped.size());
  mpi::agreed(comm_, "plan", [&] {
    auto [order, splits] = divide(summary_.set, summary_.groups, options_, std::move(dropped));
    order_.emplace(std::move(order));
    splits_ = std::move(splits);
    if (order_->columns() == 0)
      throw Error(ErrorKind::data, "every column has missing values",
                  {.hint = "use --missing fill=VALUE"});
    if (splits_.front().columns.empty() && options_.normalisation != Normalisation::none)
      throw Error(ErrorKind::usage,
                  "the training split is empty, so there is nothing to normalise by",
                  {.hint = "use a larger first --split, or --normalize none"});
  });
  if (knows_statistics_first()) {
    take_statistics();
    set_encodings();
    if (options_.drop_constant) drop_constants();
  }
  const PreparedPlan plan{order_->columns(), options_.shard_columns, splits_, summary_.groups,
                          provenance()};
  auto sink = options_.npy ? make_npy_sink(comm_, output.temporary(), plan, summary_.recipe)
                           : make_hdf5_sink(comm_, output.temporary(), plan, summary_.recipe);
  const Ownership ownership{plan.columns, plan.shard_columns, comm_.size(), summary_.passes};
  auto shares = make_shares(comm_, plan, ownership, summary_.recipe, *sink, summary_.in_memory);
  for (std::int64_t pass = 0; pass < summary_.passes; ++pass) {
    read_into(*shares, ownership, pass);
    if (pass == 0 && !knows_statistics_first()) set_encodings();
    shares->end_pass(summary_.recipe, progress_);
  }
  report.content = shares->finish(summary_.recipe);
  shares.reset();
  sink.reset();
  if (options_.verify && !options_.npy) PreparedFile::open(comm_, output.temporary()).verify();
  output.commit();
  report.columns = order_->columns();
  report.presence = presence_;
  report.bytes_read = comm_.sum(bytes_read_);
  report.bytes_written = report.columns * (summary_.recipe.row_bytes() + 8);
  report.splits = splits_;
  if (summary_.set.sampling) report.left_over_steps = summary_.set.sampling->left_over;
  for (auto& counts : class_counts_) comm_.sum(std::span(counts));
  report.class_counts = std::move(class_counts_);
  report.groups = summary_.groups.count();
  report_constants(report);
  report.recipe = std::move(summary_.recipe);
  report.seconds =
      comm_.max(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return report;
}

}  // namespace

PrepareReport prepare(const mpi::Communicator& comm, const PrepareOptions& options,
                      const base::ProgressSink& progress) {
  return Preparation(comm, options, plan_prepare(comm, options), progress).run();
}

}  // namespace colonnade::data
