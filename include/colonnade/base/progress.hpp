#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace colonnade::base {

/// Hears how far a phase of work is: its name, the units done, and the units in all. What follows a
/// comma in the name is detail that changes within the phase. Called by the main thread, as often
/// as the work likes; the listener decides what to show.
using ProgressSink =
    std::function<void(std::string_view phase, std::int64_t done, std::int64_t total)>;

}  // namespace colonnade::base
