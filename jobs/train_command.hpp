#pragma once

#include <colonnade/app/command.hpp>

namespace colonnade::jobs {

/// What train can be told, and its help.
app::Command train_command();

}  // namespace colonnade::jobs
