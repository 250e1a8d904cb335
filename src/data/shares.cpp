#include "data/shares.hpp"

#include "data/slab.hpp"

#include <colonnade/data/column_hash.hpp>
#include <colonnade/data/reshard.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace colonnade::data {

namespace {

/// What both ways have in common: the exchange, the columns' sources, the hashes of the owned
/// shards.
class OwnedShards : public Shares {
 public:
  OwnedShards(const mpi::Communicator& comm, const PreparedPlan& plan, const Recipe& recipe,
              RowSink& sink)
      : comm_(comm), plan_(plan), sink_(sink) {
    for (const auto& array : recipe.arrays) {
      widths_.push_back(array.places.size());
      reshards_.emplace_back(comm, plan.columns, plan.shard_columns,
                             static_cast<std::int64_t>(array.places.size()));
    }
    owned_ = reshards_.front().owned(comm.rank());
    sources_.resize(static_cast<std::size_t>(owned_.size()));
    hashes_.resize(static_cast<std::size_t>(mpi::pieces(owned_.size(), plan.shard_columns)), 0);
  }

 protected:
  [[nodiscard]] std::size_t place(std::int64_t position) const {
    return static_cast<std::size_t>(position - owned_.begin);
  }
  void add_hash(std::size_t array, std::int64_t position, std::span<const float> row) {
    const auto shard = place(position) / static_cast<std::size_t>(plan_.shard_columns);
    hashes_[shard] += row_hash(array, position, sources_[place(position)], row);
  }
  std::string complete(const Recipe& recipe) {
    sink_.write_sources(owned_, sources_);
    std::uint64_t sum = 0;
    for (const auto hash : hashes_) sum += hash;
    const auto total = static_cast<std::uint64_t>(comm_.sum(static_cast<std::int64_t>(sum)));
    auto content = content_hash(total, recipe, plan_.splits);
    sink_.finish(recipe, hashes_, content);
    return content;
  }

  mpi::Communicator comm_;
  PreparedPlan plan_;
  RowSink& sink_;
  mpi::Range owned_;
  std::vector<std::size_t> widths_;
  std::vector<Reshard> reshards_;
  std::vector<std::int64_t> sources_;
  std::vector<std::uint64_t> hashes_;
};

class SharesInMemory final : public OwnedShards {
 public:
  SharesInMemory(const mpi::Communicator& comm, const PreparedPlan& plan, const Recipe& recipe,
                 RowSink& sink)
      : OwnedShards(comm, plan, recipe, sink) {
    mpi::agreed(comm, "memory", [&] {
      for (const auto width : widths_) slabs_.emplace_back(sources_.size() * width);
    });
  }

  void take(std::size_t array, std::span<const float> rows, std::span<const std::int64_t> positions,
            std::span<const std::int64_t> sources) override {
    reshards_[array].exchange(
        rows, positions, sources,
        [&](std::int64_t position, std::int64_t source, std::span<const float> row) {
          sources_[place(position)] = source;
          std::memcpy(slabs_[array].values().data() + place(position) * row.size(), row.data(),
                      row.size_bytes());
        });
  }

  std::string finish(const Recipe& recipe, const base::ProgressSink& progress) override {
    for (std::size_t a = 0; a < slabs_.size(); ++a) {
      const std::span<float> slab = slabs_[a].values();
      recipe.arrays[a].encoding.normalise_rows(slab);
      for (std::int64_t position = owned_.begin; position < owned_.end; ++position)
        add_hash(a, position, slab.subspan(place(position) * widths_[a], widths_[a]));
      sink_.write_rows(a, owned_, slab);
      slabs_[a].release();
      progress("write", static_cast<std::int64_t>(a) + 1, static_cast<std::int64_t>(slabs_.size()));
    }
    return complete(recipe);
  }

 private:
  std::vector<Slab> slabs_;
};

class SharesOnDisc final : public OwnedShards {
 public:
  SharesOnDisc(const mpi::Communicator& comm, const PreparedPlan& plan, const Recipe& recipe,
               RowSink& sink)
      : OwnedShards(comm, plan, recipe, sink), recipe_(recipe) {}

  void take(std::size_t array, std::span<const float> rows, std::span<const std::int64_t> positions,
            std::span<const std::int64_t> sources) override {
    encoded_.assign(rows.begin(), rows.end());
    recipe_.arrays[array].encoding.normalise_rows(encoded_);
    std::optional<base::Error> failure;
    reshards_[array].exchange(
        encoded_, positions, sources,
        [&](std::int64_t position, std::int64_t source, std::span<const float> row) {
          if (failure) return;
          failure = mpi::error_of([&] { sink_.write_row(array, position, row); });
          sources_[place(position)] = source;
          add_hash(array, position, row);
        });
    mpi::agree(comm_, "write", failure);
  }

  std::string finish(const Recipe& recipe, const base::ProgressSink& /*progress*/) override {
    return complete(recipe);
  }

 private:
  Recipe recipe_;
  std::vector<float> encoded_;
};

}  // namespace

std::unique_ptr<Shares> make_shares(const mpi::Communicator& comm, const PreparedPlan& plan,
                                    const Recipe& recipe, RowSink& sink, bool in_memory) {
  if (in_memory) return std::make_unique<SharesInMemory>(comm, plan, recipe, sink);
  return std::make_unique<SharesOnDisc>(comm, plan, recipe, sink);
}

}  // namespace colonnade::data
