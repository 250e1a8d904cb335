#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

namespace colonnade::data {

/// Floats in pages of their own, large ones where the system has them: a slab of gigabytes is
/// touched for the first time page by page, and 512 times fewer pages cost far less. Not
/// initialised beyond the system's zeros.
class Slab {
 public:
  /// Throws std::bad_alloc.
  explicit Slab(std::size_t count) : count_(count) {
    if (count == 0) return;
    void* const pages =
        ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    ::madvise(pages, bytes(), MADV_HUGEPAGE);
    data_ = static_cast<float*>(pages);
  }
  Slab(Slab&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  Slab& operator=(Slab&&) = delete;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() { release(); }

  [[nodiscard]] std::span<float> values() { return {data_, count_}; }
  /// Gives back the large pages that lie whole before `end`: their values become zeros.
  void release_before(const float* end) {
    constexpr std::uintptr_t large_page = std::uintptr_t{2} << 20;
    const auto begin = reinterpret_cast<std::uintptr_t>(data_);
    const std::uintptr_t whole = reinterpret_cast<std::uintptr_t>(end) / large_page * large_page;
    if (whole > begin) ::madvise(data_, whole - begin, MADV_DONTNEED);
  }

 private:
  void release() {
    if (data_ != nullptr) ::munmap(data_, bytes());
    data_ = nullptr;
    count_ = 0;
  }
  [[nodiscard]] std::size_t bytes() const { return count_ * sizeof(float); }

  float* data_ = nullptr;
  std::size_t count_;
};

}  // namespace colonnade::data
