#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/ownership.hpp>
#include <colonnade/data/prepared_writer.hpp>
#include <colonnade/data/recipe.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace colonnade::data {

/// Each rank's share of the output while it comes in, pass by pass: gathered in memory and written
/// once normalised, or, in a single pass, written row by row.
class Shares {
 public:
  virtual ~Shares() = default;
  /// **Collective.** Sends those transformed rows of an array that belong to the pass to their
  /// owners, who keep them.
  virtual void take(std::size_t array, std::span<const float> rows,
                    std::span<const std::int64_t> positions,
                    std::span<const std::int64_t> sources) = 0;
  /// **Collective.** All rows of the pass are taken: writes them with the final recipe, and begins
  /// the next pass.
  virtual void end_pass(const Recipe& recipe, const base::ProgressSink& progress) = 0;
  /// **Collective.** Completes the output after the last pass; returns the hash of the content.
  virtual std::string finish(const Recipe& recipe) = 0;
};

/// In memory: the statistics may still be unknown. Otherwise `recipe` must have its final
/// encodings, and there is one pass.
std::unique_ptr<Shares> make_shares(const mpi::Communicator& comm, const PreparedPlan& plan,
                                    const Ownership& ownership, const Recipe& recipe, RowSink& sink,
                                    bool in_memory);

}  // namespace colonnade::data
