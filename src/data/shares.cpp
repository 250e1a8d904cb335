#include "data/shares.hpp"

#include "data/slab.hpp"

#include <colonnade/base/fault.hpp>
#include <colonnade/data/column_hash.hpp>
#include <colonnade/data/reshard.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace colonnade::data {

namespace {

/// Of each rank in one collective write.
constexpr std::int64_t block_bytes = std::int64_t{32} << 20;

/// What both ways have in common: the exchange, the columns' sources, the hashes of the owned
/// rows.
class OwnedShards : public Shares {
 public:
  OwnedShards(const mpi::Communicator& comm, PreparedPlan plan, const Ownership& ownership,
              const Recipe& recipe, RowSink& sink)
      : comm_(comm),
        plan_(std::move(plan)),
        ownership_(ownership),
        sink_(sink),
        owned_(ownership.of(comm.rank())) {
    for (const auto& array : recipe.arrays) {
      widths_.push_back(array.places.size());
      reshards_.emplace_back(comm, ownership, static_cast<std::int64_t>(array.places.size()));
    }
    sources_.resize(static_cast<std::size_t>(owned_.size()));
    hashes_.assign(widths_.size(), std::vector<std::uint64_t>(sources_.size()));
  }

  std::string finish(const Recipe& recipe) final {
    sink_.write_labels(owned_, sources_, hashes_);
    const auto shards = shard_hashes();
    const auto sum = std::accumulate(shards.begin(), shards.end(), std::uint64_t{0});
    const auto total = static_cast<std::uint64_t>(comm_.sum(static_cast<std::int64_t>(sum)));
    auto content = content_hash(total, recipe, plan_.splits, plan_.groups);
    sink_.finish(recipe, shards, content);
    return content;
  }

 protected:
  [[nodiscard]] std::size_t place(std::int64_t position) const {
    return static_cast<std::size_t>(position - owned_.begin);
  }
  void set_hash(std::size_t array, std::int64_t position, std::span<const float> row) {
    hashes_[array][place(position)] = row_hash(array, position, sources_[place(position)], row);
  }

  mpi::Communicator comm_;
  PreparedPlan plan_;
  Ownership ownership_;
  RowSink& sink_;
  mpi::Range owned_;
  std::vector<std::size_t> widths_;
  std::vector<Reshard> reshards_;
  std::vector<std::int64_t> sources_;
  std::vector<std::vector<std::uint64_t>> hashes_;  ///< of each array, by place

 private:
  [[nodiscard]] std::vector<std::uint64_t> shard_hashes() const {
    std::vector<std::uint64_t> shards(
        static_cast<std::size_t>(mpi::pieces(owned_.size(), plan_.shard_columns)), 0);
    for (const auto& rows : hashes_)
      for (std::size_t i = 0; i < rows.size(); ++i)
        shards[i / static_cast<std::size_t>(plan_.shard_columns)] += rows[i];
    return shards;
  }
};

class SharesInMemory final : public OwnedShards {
 public:
  SharesInMemory(const mpi::Communicator& comm, const PreparedPlan& plan,
                 const Ownership& ownership, const Recipe& recipe, RowSink& sink)
      : OwnedShards(comm, plan, ownership, recipe, sink), part_(ownership.of(comm.rank(), pass_)) {
    mpi::agreed(comm, "memory", [&] {
      base::fault_site(base::FaultSite::memory);
      for (const auto width : widths_)
        slabs_.emplace_back(static_cast<std::size_t>(part_.size()) * width);
    });
  }

  void take(std::size_t array, std::span<const float> rows, std::span<const std::int64_t> positions,
            std::span<const std::int64_t> sources) override {
    reshards_[array].exchange(
        rows, positions, sources, pass_,
        [&](std::int64_t position, std::int64_t source, std::span<const float> row) {
          sources_[place(position)] = source;
          std::memcpy(slabs_[array].values().data() + place_in_part(position) * row.size(),
                      row.data(), row.size_bytes());
        });
  }

  void end_pass(const Recipe& recipe, const base::ProgressSink& progress) override {
    for (std::size_t a = 0; a < slabs_.size(); ++a) write_array(a, recipe.arrays[a], progress);
    if (++pass_ < ownership_.passes) part_ = ownership_.of(comm_.rank(), pass_);
  }

 private:
  [[nodiscard]] std::size_t place_in_part(std::int64_t position) const {
    return static_cast<std::size_t>(position - part_.begin);
  }

  /// By blocks of whole shards, whose memory is given back at once: the system then finds the pages
  /// for the next block's bytes on their way to the disc without looking far.
  void write_array(std::size_t array, const ArrayRecipe& recipe,
                   const base::ProgressSink& progress) {
    const auto row_bytes = static_cast<std::int64_t>(widths_[array] * sizeof(float));
    const std::int64_t block =
        std::max<std::int64_t>(1, block_bytes / (row_bytes * plan_.shard_columns)) *
        plan_.shard_columns;
    const std::int64_t rounds = comm_.max(mpi::pieces(part_.size(), block));
    for (std::int64_t round = 0; round < rounds; ++round) {
      const std::int64_t begin = part_.begin + round * block;
      const auto columns = mpi::intersection(part_, {begin, begin + block});
      const auto rows = slabs_[array].values().subspan(
          columns.empty() ? 0 : place_in_part(columns.begin) * widths_[array],
          static_cast<std::size_t>(columns.size()) * widths_[array]);
      {
        const mpi::InPhase here("normalise");
        base::fault_site(base::FaultSite::normalise);
        recipe.encoding.normalise_rows(rows);
        for (std::size_t i = 0; i < static_cast<std::size_t>(columns.size()); ++i)
          set_hash(array, columns.begin + static_cast<std::int64_t>(i),
                   rows.subspan(i * widths_[array], widths_[array]));
      }
      sink_.write_rows(array, columns, rows);
      slabs_[array].release_before(rows.data() + rows.size());
      progress("write", round + 1, rounds);
    }
  }

  std::int64_t pass_ = 0;
  mpi::Range part_;          ///< of the share, in this pass
  std::vector<Slab> slabs_;  ///< of the first part, the largest
};

class SharesOnDisc final : public OwnedShards {
 public:
  SharesOnDisc(const mpi::Communicator& comm, const PreparedPlan& plan, const Ownership& ownership,
               const Recipe& recipe, RowSink& sink)
      : OwnedShards(comm, plan, ownership, recipe, sink), recipe_(recipe) {}

  void take(std::size_t array, std::span<const float> rows, std::span<const std::int64_t> positions,
            std::span<const std::int64_t> sources) override {
    encoded_.assign(rows.begin(), rows.end());
    recipe_.arrays[array].encoding.normalise_rows(encoded_);
    std::optional<base::Error> failure;
    reshards_[array].exchange(
        encoded_, positions, sources, 0,
        [&](std::int64_t position, std::int64_t source, std::span<const float> row) {
          if (failure) return;
          failure = mpi::error_of([&] { sink_.write_row(array, position, row); });
          sources_[place(position)] = source;
          set_hash(array, position, row);
        });
    mpi::agree(comm_, "write", failure);
  }

  void end_pass(const Recipe& /*recipe*/, const base::ProgressSink& /*progress*/) override {}

 private:
  Recipe recipe_;
  std::vector<float> encoded_;
};

}  // namespace

std::unique_ptr<Shares> make_shares(const mpi::Communicator& comm, const PreparedPlan& plan,
                                    const Ownership& ownership, const Recipe& recipe, RowSink& sink,
                                    bool in_memory) {
  if (in_memory) return std::make_unique<SharesInMemory>(comm, plan, ownership, recipe, sink);
  return std::make_unique<SharesOnDisc>(comm, plan, ownership, recipe, sink);
}

}  // namespace colonnade::data
