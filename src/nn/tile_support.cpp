#include <nn/passes.hpp>

#if defined(COLONNADE_HAS_TILES)

#include <dnnl.hpp>
#include <sys/syscall.h>
#include <unistd.h>

namespace colonnade::nn {

bool tiles_are_available() {
  static const bool are = [] {
    constexpr long request_permission = 0x1023, tile_data = 18;  // of arch_prctl(2), for AMX
    return dnnl::get_effective_cpu_isa() == dnnl::cpu_isa::avx512_core_amx &&
           ::syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
  }();
  return are;
}

}  // namespace colonnade::nn

#else

namespace colonnade::nn {

bool tiles_are_available() {
  return false;
}

std::unique_ptr<Passes> tile_passes(const MlpShape&, std::int64_t, KernelUse, std::int64_t) {
  return nullptr;
}

}  // namespace colonnade::nn

#endif
