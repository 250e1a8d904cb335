#pragma once

#include <colonnade/app/command.hpp>

namespace colonnade::jobs {

/// What search can be told, and its help: options of its own, and those of train that decide what
/// is trained.
app::Command search_command();

}  // namespace colonnade::jobs
