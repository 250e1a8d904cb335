#include <colonnade/app/binding.hpp>

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

namespace colonnade::app {

Binding binding() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {};
  Binding found{.cores = CPU_COUNT(&set),
                .of_machine = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN))};
  const auto bound = [&](int core) { return core < CPU_SETSIZE && CPU_ISSET(core, &set); };
  for (int first = 0; first < CPU_SETSIZE; ++first) {
    if (!bound(first)) continue;
    int last = first;
    while (bound(last + 1)) ++last;
    if (!found.list.empty()) found.list += ',';
    found.list += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
    first = last;
  }
  return found;
}

std::string binding_warning(const Binding& binding, int threads) {
  if (binding.cores == 0 || threads <= binding.cores) return {};
  if (binding.cores >= binding.of_machine)
    return fmt::format("{} threads of a rank share all {} core{} of this machine; use --threads {}",
                       threads, binding.cores, binding.cores == 1 ? "" : "s", binding.cores);
  return fmt::format(
      "{} threads of a rank share {} core{} (bound to {}); start with mpirun --bind-to none, or "
      "--map-by socket:PE={}",
      threads, binding.cores, binding.cores == 1 ? "" : "s", binding.list, threads);
}

}  // namespace colonnade::app
