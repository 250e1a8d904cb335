#include <colonnade/mpi/node_memory.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace colonnade::mpi {

namespace {

constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();

/// The number in a file; `any` where there is no file, or no number in it ("max").
std::int64_t number_in(const std::filesystem::path& path) {
  std::int64_t number = any;
  std::ifstream(path) >> number;
  return number > 0 ? number : any;
}

/// The least limit of a control group and those around it.
std::int64_t least_limit(const std::string& root, std::filesystem::path group, const char* file) {
  std::int64_t least = any;
  while (true) {
    least = std::min(least, number_in(root + group.string() + "/" + file));
    if (group == group.parent_path()) return least;
    group = group.parent_path();
  }
}

std::int64_t group_limit_bytes() {
  std::int64_t least = any;
  std::ifstream lines("/proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const auto kinds = line.substr(first + 1, second - first - 1), group = line.substr(second + 1);
    if (kinds.empty())
      least = std::min(least, least_limit("/sys/fs/cgroup", group, "memory.max"));
    else if (kinds == "memory")
      least = std::min(least, least_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
  }
  return least;
}

std::int64_t free_bytes() {
  std::ifstream lines("/proc/meminfo");
  for (std::string word; lines >> word;)
    if (std::int64_t kib = 0; word == "MemAvailable:" && lines >> kib) return kib << 10;
  return any;
}

}  // namespace

int ranks_of_node(const Communicator& comm) {
  const Waiting waiting;
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm_split_type(comm.handle(), MPI_COMM_TYPE_SHARED, comm.rank(), MPI_INFO_NULL, &node);
  int ranks = 1;
  MPI_Comm_size(node, &ranks);
  MPI_Comm_free(&node);
  return ranks;
}

std::int64_t memory_of_rank_bytes(const Communicator& comm) {
  const std::int64_t bytes = std::min(free_bytes(), group_limit_bytes());
  return comm.min(bytes / 5 * 4 / ranks_of_node(comm));
}

}  // namespace colonnade::mpi
