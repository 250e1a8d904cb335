#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace colonnade::data {

/// Brings rows from the ranks that read them to the ranks that own their positions.
///
/// Positions [0, columns) are owned in contiguous shares of whole shards. The exchange goes in
/// slices, so that the buffers stay within 64 MiB a rank however many ranks there are and wherever
/// the rows go.
class Reshard {
 public:
  /// What to do with a row that arrived: its position, its index in the raw set, its values.
  using Receive =
      std::function<void(std::int64_t position, std::int64_t source, std::span<const float> row)>;

  Reshard(const mpi::Communicator& comm, std::int64_t columns, std::int64_t shard,
          std::int64_t width);

  /// The positions that a rank owns.
  [[nodiscard]] mpi::Range owned(int rank) const;
  /// **Collective.** Sends each row (of `width` values) to the owner of its position; calls
  /// `receive` for each row that arrives here, in an order that has no meaning.
  void exchange(std::span<const float> rows, std::span<const std::int64_t> positions,
                std::span<const std::int64_t> sources, const Receive& receive);

 private:
  void exchange_slice(std::span<const float> rows, std::span<const std::int64_t> positions,
                      std::span<const std::int64_t> sources, const Receive& receive);

  mpi::Communicator comm_;
  std::int64_t columns_, shard_, width_;
  std::vector<float> sent_, received_;
  std::vector<std::int64_t> sent_labels_, received_labels_;
};

}  // namespace colonnade::data
