#include <colonnade/train/column_slab.hpp>
#include <colonnade/train/lane_columns.hpp>

#include <vector>

namespace colonnade::train {

namespace {

class HeldLanes final : public LaneColumns {
 public:
  HeldLanes(const mpi::Communicator& comm, const Lanes& lanes, const ColumnSource& source,
            nn::Precision precision, const base::ProgressSink& progress)
      : lanes_(lanes),
        begin_(source.train.begin),
        slab_(comm, source,
              mpi::shifted(lanes.columns_of(lanes_of_rank(lanes.count(), comm.size(), comm.rank())),
                           begin_),
              precision, "reading training columns", progress) {}

  void gather(const LaneStep& at, const MicroBatch& into) override {
    slab_.gather(columns_of(at), into);
  }
  std::uint64_t hash(const LaneStep& at) override { return slab_.hash(columns_of(at)); }

 private:
  [[nodiscard]] std::vector<std::int64_t> columns_of(const LaneStep& at) const {
    std::vector<std::int64_t> columns;
    lanes_.select(at.epoch, at.step, at.lane, columns);
    for (auto& column : columns) column += begin_;
    return columns;
  }

  Lanes lanes_;
  std::int64_t begin_;  ///< of the training split
  ColumnSlab slab_;
};

}  // namespace

std::unique_ptr<LaneColumns> hold_lanes(const mpi::Communicator& comm, const Lanes& lanes,
                                        const ColumnSource& source, nn::Precision precision,
                                        const base::ProgressSink& progress) {
  return std::make_unique<HeldLanes>(comm, lanes, source, precision, progress);
}

}  // namespace colonnade::train
