#pragma once

#include <colonnade/app/command.hpp>

namespace colonnade::jobs {

/// What scale can be told, and its help.
app::Command scale_command();

}  // namespace colonnade::jobs
