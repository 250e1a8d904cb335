#pragma once

#include <colonnade/data/ownership.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace colonnade::data {

/// Brings rows from the ranks that read them to the ranks that own their positions.
///
/// The exchange goes in slices, so that the buffers stay within 64 MiB a rank however many ranks
/// there are and wherever the rows go.
class Reshard {
 public:
  /// What to do with a row that arrived: its position, its index in the raw set, its values.
  using Receive =
      std::function<void(std::int64_t position, std::int64_t source, std::span<const float> row)>;

  Reshard(const mpi::Communicator& comm, const Ownership& ownership, std::int64_t width);

  /// **Collective.** Sends each row (of `width` values) whose position belongs to the pass to its
  /// owner; calls `receive` for each row that arrives here, in an order that has no meaning.
  void exchange(std::span<const float> rows, std::span<const std::int64_t> positions,
                std::span<const std::int64_t> sources, std::int64_t pass, const Receive& receive);

 private:
  void exchange_slice(std::span<const float> rows, std::span<const std::int64_t> positions,
                      std::span<const std::int64_t> sources, std::int64_t pass,
                      const Receive& receive);

  mpi::Communicator comm_;
  Ownership ownership_;
  std::int64_t width_;
  std::vector<float> sent_, received_;
  std::vector<std::int64_t> sent_labels_, received_labels_;
};

}  // namespace colonnade::data
