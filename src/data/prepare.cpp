#include "data/piece_reader.hpp"
#include "data/shares.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/column_order.hpp>
#include <colonnade/data/moments.hpp>
#include <colonnade/data/normalise.hpp>
#include <colonnade/data/prepare.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/data/reshard.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

/// A stack replaces a stack, and no folder that holds other things.
void expect_no_foreign_folder(const PrepareOptions& options) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!options.npy || !fs::is_directory(options.out, ignored) ||
      fs::is_empty(options.out, ignored) ||
      fs::exists(fs::path(options.out) / "metadata.json", ignored))
    return;
  throw Error(ErrorKind::usage,
              "the output exists already, and is no npy stack that --force replaces",
              {.file = options.out, .hint = "choose another --out"});
}

std::int64_t row_bytes(const Recipe& recipe) {
  std::int64_t bytes = 0;
  for (const auto& array : recipe.arrays)
    bytes += static_cast<std::int64_t>(array.places.size()) * 4;
  return bytes;
}

Recipe make_recipe(const PrepareOptions& options, const RawSet& set) {
  const bool levels = options.layout == "levels";
  const bool picks =
      !options.selection.select.empty() || !options.selection.drop.empty() || options.drop_constant;
  if (levels && picks)
    throw Error(ErrorKind::usage, "--select, --drop and --drop-constant work on the flat layout",
                {.hint = "leave whole variables out with --inputs, or use --layout flat"});
  Recipe recipe = levels ? levels_recipe(set, options.inputs.size())
                         : flat_recipe(set, options.inputs.size(), options.selection);
  set_transforms(recipe, options.transforms);
  return recipe;
}

/// The steps of prepare, which share the plan.
class Preparation {
 public:
  Preparation(const mpi::Communicator& comm, const PrepareOptions& options, PrepareSummary summary,
              const base::ProgressSink& progress)
      : comm_(comm), options_(options), summary_(std::move(summary)), progress_(progress) {
    for (auto& array : summary_.recipe.arrays) moments_.emplace_back(comm_, array.places.size());
  }

  PrepareReport run();

 private:
  std::vector<std::int64_t> find_missing();
  void take_statistics();
  void set_encodings();
  void drop_constants();
  void read_into(Shares& shares);
  template <typename Work>
  void for_each_round(mpi::Phase phase, Work work);
  void report_constants(PrepareReport& report) const;
  [[nodiscard]] std::map<std::string, std::string> provenance() const;

  mpi::Communicator comm_;
  const PrepareOptions& options_;
  PrepareSummary summary_;
  const base::ProgressSink& progress_;
  std::vector<Moments> moments_;
  std::optional<ColumnOrder> order_;
  std::vector<Split> splits_;
  std::int64_t bytes_read_ = 0;
};

template <typename Work>
void Preparation::for_each_round(mpi::Phase phase, Work work) {
  const mpi::InPhase here(phase);
  PieceReader reader(comm_, summary_.set, options_.missing);
  for (std::int64_t round = 0; round < reader.rounds(); ++round) {
    work(reader, round);
    progress_(phase.text(), std::min(summary_.columns, (round + 1) * reader.round_columns()),
              summary_.columns);
  }
  bytes_read_ += reader.bytes_read();
}

std::vector<std::int64_t> Preparation::find_missing() {
  std::vector<std::int64_t> mine;
  for_each_round("find missing", [&](PieceReader& reader, std::int64_t round) {
    const auto found = reader.missing_columns(round);
    mine.insert(mine.end(), found.begin(), found.end());
  });
  auto all = comm_.concatenate(std::span<const std::int64_t>(mine));
  std::sort(all.begin(), all.end());
  return all;
}

void Preparation::take_statistics() {
  for_each_round("statistics", [&](PieceReader& reader, std::int64_t round) {
    reader.read(round, *order_);
    base::fault_site(base::FaultSite::statistics);
    for (std::size_t a = 0; a < moments_.size(); ++a) {
      const auto rows = reader.rows_of(summary_.recipe.arrays[a]);
      moments_[a].add_round(rows, reader.in_range(splits_.front().columns), reader.has_piece());
    }
  });
}

void Preparation::set_encodings() {
  for (std::size_t a = 0; a < moments_.size(); ++a) {
    auto& array = summary_.recipe.arrays[a];
    array.encoding.statistics = moments_[a].result();
    set_normalisation(array.encoding, options_.normalisation,
                      options_.one_scale_per_target && array.name == "y");
  }
}

void Preparation::drop_constants() {
  auto& x = summary_.recipe.array("x");
  std::vector<std::size_t> constant;
  const auto& statistics = x.encoding.statistics;
  for (std::size_t i = 0; i < x.places.size(); ++i)
    if (statistics.min[i] == statistics.max[i]) constant.push_back(i);
  const Statistics all = statistics;
  if (constant.size() == x.places.size())
    mpi::agree(
        comm_, "plan",
        Error(ErrorKind::data, "every feature is constant", {.hint = "leave --drop-constant out"}));
  remove_features(x, constant);
  std::size_t next = 0;
  Statistics left;
  for (std::size_t i = 0; i < all.mean.size(); ++i) {
    if (next < constant.size() && constant[next] == i) {
      ++next;
      continue;
    }
    left.count.push_back(all.count[i]);
    left.mean.push_back(all.mean[i]);
    left.std.push_back(all.std[i]);
    left.min.push_back(all.min[i]);
    left.max.push_back(all.max[i]);
  }
  x.encoding.statistics = std::move(left);
  set_normalisation(x.encoding, options_.normalisation, false);
}

void Preparation::read_into(Shares& shares) {
  const bool statistics_known =
      summary_.reads > 1 && (!summary_.in_memory || options_.drop_constant);
  for_each_round("read", [&](PieceReader& reader, std::int64_t round) {
    reader.read(round, *order_);
    for (std::size_t a = 0; a < summary_.recipe.arrays.size(); ++a) {
      const auto rows = reader.rows_of(summary_.recipe.arrays[a]);
      if (!statistics_known) {
        const mpi::InPhase here("statistics");
        base::fault_site(base::FaultSite::statistics);
        moments_[a].add_round(rows, reader.in_range(splits_.front().columns), reader.has_piece());
      }
      const mpi::InPhase here("reshard");
      base::fault_site(base::FaultSite::reshard);
      shares.take(a, rows, reader.positions(), reader.sources());
    }
  });
}

void Preparation::report_constants(PrepareReport& report) const {
  for (const auto& array : summary_.recipe.arrays) {
    const auto& statistics = array.encoding.statistics;
    std::vector<std::size_t> constant;
    for (std::size_t i = 0; i < array.places.size(); ++i)
      if (statistics.min[i] == statistics.max[i]) constant.push_back(i);
    const auto names = compact_names(array.encoding.features, constant);
    report.constant_features.insert(report.constant_features.end(), names.begin(), names.end());
    report.constants += static_cast<std::int64_t>(constant.size());
  }
}

std::map<std::string, std::string> Preparation::provenance() const {
  auto attributes = options_.provenance;
  nlohmann::json files;
  for (const auto& file : summary_.set.files)
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"columns", file.columns}});
  attributes["source_files"] = files.dump();
  return attributes;
}

PrepareReport Preparation::run() {
  const auto start = std::chrono::steady_clock::now();
  io::OutputPath output(comm_, options_.out, options_.force,
                        options_.npy ? io::Partial::Kind::folder : io::Partial::Kind::file);
  std::vector<std::int64_t> dropped;
  if (options_.missing.kind == MissingPolicy::Kind::drop) dropped = find_missing();
  const auto number_dropped = static_cast<std::int64_t>(dropped.size());
  order_.emplace(summary_.columns, std::move(dropped),
                 options_.shuffle ? std::optional(options_.shuffle_seed) : std::nullopt);
  mpi::agreed(comm_, "plan", [&] {
    splits_ = splits_of(order_->columns(), options_.split);
    if (order_->columns() == 0)
      throw Error(ErrorKind::data, "every column has missing values",
                  {.hint = "use --missing fill=VALUE"});
    if (splits_.front().columns.empty() && options_.normalisation != Normalisation::none)
      throw Error(ErrorKind::usage,
                  "the training split is empty, so there is nothing to normalise by",
                  {.hint = "use a larger first --split, or --normalize none"});
  });
  if (!summary_.in_memory || options_.drop_constant) {
    take_statistics();
    set_encodings();
    if (options_.drop_constant) drop_constants();
  }
  const PreparedPlan plan{order_->columns(), options_.shard_columns, splits_, provenance()};
  auto sink = options_.npy ? make_npy_sink(comm_, output.temporary(), plan, summary_.recipe)
                           : make_hdf5_sink(comm_, output.temporary(), plan, summary_.recipe);
  auto shares = make_shares(comm_, plan, summary_.recipe, *sink, summary_.in_memory);
  read_into(*shares);
  if (summary_.in_memory && !options_.drop_constant) set_encodings();
  PrepareReport report;
  report.content = shares->finish(summary_.recipe, progress_);
  shares.reset();
  sink.reset();
  if (options_.verify && !options_.npy) PreparedFile::open(comm_, output.temporary()).verify();
  output.commit();
  report.columns = order_->columns();
  report.dropped = number_dropped;
  report.bytes_read = comm_.sum(bytes_read_);
  report.bytes_written = report.columns * (row_bytes(summary_.recipe) + 8);
  report.splits = splits_;
  report_constants(report);
  report.recipe = std::move(summary_.recipe);
  report.seconds =
      comm_.max(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return report;
}

}  // namespace

PrepareSummary plan_prepare(const mpi::Communicator& comm, const PrepareOptions& options) {
  auto names = options.inputs;
  names.insert(names.end(), options.targets.begin(), options.targets.end());
  PrepareSummary summary;
  summary.set = RawSet::scan(comm, options.files, names, options.column_dim);
  mpi::agreed(comm, "plan", [&] {
    base::fault_site(base::FaultSite::plan);
    summary.set.expect_no_input(options.out);
    summary.set.expect_alike();
    expect_no_foreign_folder(options);
    if (options.shard_columns < 1)
      throw Error(ErrorKind::usage, "--shard wants at least one column");
    splits_of(summary.set.columns(), options.split);
    summary.recipe = make_recipe(options, summary.set);
    summary.columns = summary.set.columns();
    summary.output_bytes = summary.columns * (row_bytes(summary.recipe) + 8);
    const auto share = mpi::share_in_grains(summary.columns, options.shard_columns, comm.size(), 0);
    summary.share_bytes = share.size() * (row_bytes(summary.recipe) + 8);
    summary.in_memory = static_cast<std::uint64_t>(summary.share_bytes) <= options.memory_bytes;
    if (!summary.in_memory && options.npy)
      throw Error(ErrorKind::usage, "--format npy wants each rank's share in memory",
                  {.value = fmt::format("{:.2f} GB a rank",
                                        static_cast<double>(summary.share_bytes) * 1e-9),
                   .hint = "use more ranks, a larger --memory, or --format hdf5"});
    const bool drops = options.missing.kind == MissingPolicy::Kind::drop;
    summary.reads = 1 + (drops ? 1 : 0) + (!summary.in_memory || options.drop_constant ? 1 : 0);
  });
  return summary;
}

PrepareReport prepare(const mpi::Communicator& comm, const PrepareOptions& options,
                      const base::ProgressSink& progress) {
  return Preparation(comm, options, plan_prepare(comm, options), progress).run();
}

}  // namespace colonnade::data
