#pragma once

#include <string>

namespace colonnade::app {

/// From now on standard output and standard error may break (a full disc, a reader that has gone)
/// while the work goes on: writing to them succeeds, and what was lost is remembered. Streams that
/// are closed are kept from naming files that the work opens. A file that is too large, or a pipe
/// without a reader, is an error of the call instead of a signal.
void guard_standard_streams();

/// Writes what standard output still holds in memory; why something of it could not be written
/// since guard_standard_streams(), "" if all was.
std::string loss_of_output();

}  // namespace colonnade::app
