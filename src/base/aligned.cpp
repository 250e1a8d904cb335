#include <colonnade/base/aligned.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace colonnade::base {

namespace {

constexpr std::size_t line_bytes = 64, huge_page_bytes = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

void* allocate_zeros(std::size_t bytes) {
  const bool is_large = bytes >= 2 * huge_page_bytes;
  const std::size_t unit = is_large ? huge_page_bytes : line_bytes;
  void* const memory = std::aligned_alloc(unit, rounded_up(std::max<std::size_t>(bytes, 1), unit));
  if (memory == nullptr) throw std::bad_alloc();
  // A wish: without huge pages, all is as it was.
  if (is_large) ::madvise(memory, rounded_up(bytes, unit), MADV_HUGEPAGE);
  std::memset(memory, 0, bytes);
  return memory;
}

void free_zeros(void* memory) noexcept {
  std::free(memory);
}

}  // namespace colonnade::base
