#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace colonnade::base {

/// Where the tests let a rank fail; numbered from 1, in the order in which the commands come by.
enum class FaultSite : int {
  scan = 1,
  plan,
  output,
  create,
  memory,
  open,
  read,
  missing,
  statistics,
  reshard,
  normalise,
  write_row,
  write,
  close,
  metadata,
  verify,
  sync,
  rename,
  write_file,
  start_run,
  start_team,
  column_memory,
  read_columns,
  start_worker,
  compute,
  gradient_sum,
  update,
  validation,
  snapshot,
  checkpoint,
  metrics,
  write_model,
  read_model,
  evaluation,
  normal_equations,
  prediction,
  synth,
  count  ///< not a site
};

/// The sites' names, in their order.
inline constexpr std::array fault_site_names = std::to_array<std::string_view>(
    {"scan",         "plan",          "output",       "create",       "memory",
     "open",         "read",          "missing",      "statistics",   "reshard",
     "normalise",    "write_row",     "write",        "close",        "metadata",
     "verify",       "sync",          "rename",       "write_file",   "start_run",
     "start_team",   "column_memory", "read_columns", "start_worker", "compute",
     "gradient_sum", "update",        "validation",   "snapshot",     "checkpoint",
     "metrics",      "write_model",   "read_model",   "evaluation",   "normal_equations",
     "prediction",   "synth"});
static_assert(fault_site_names.size() + 1 == static_cast<std::size_t>(FaultSite::count));

/// Marks a site, about to work on `file` if any. Does nothing: the program that the tests build
/// with a definition of its own fails here.
void fault_site(FaultSite site, std::string_view file = {});

}  // namespace colonnade::base
