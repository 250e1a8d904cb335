#include <colonnade/base/fault.hpp>

namespace colonnade::base {

// Alone in its object file, so that another definition can stand in for it.
void fault_site(FaultSite /*site*/, std::string_view /*file*/) {}

}  // namespace colonnade::base
