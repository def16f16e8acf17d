#include "common/base/table_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "common/base/check.hpp"
#include "common/base/numbers.hpp"
#include "common/base/types.hpp"

namespace gyre {
namespace {

// Smaller pieces would lose too much to whole pages.
constexpr std::size_t mapped_size_min = std::size_t{64} * 1024;

const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

bool is_mapped(std::size_t size) {
  return size >= mapped_size_min;
}

void* map(std::size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  return memory;
}

void zero_from(void* memory, std::size_t begin, std::size_t end) {
  if (begin < end) std::memset(static_cast<std::byte*>(memory) + begin, 0, end - begin);
}

void* resize_small(void* memory, std::size_t old_size, std::size_t new_size) {
  void* resized = std::realloc(memory, new_size);
  CHECK(resized != nullptr);
  zero_from(resized, old_size, new_size);
  return resized;
}

// An address where a mapping of that size can be moved to, at the beginning of a huge page. Nothing
// is mapped there but what the move will replace. Null if so many addresses are not to be had.
void* huge_page_address(std::size_t size) {
  const std::size_t reserved = size + huge_page_size;
  void* const begin = ::mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (begin == MAP_FAILED) return nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::size_t before = round_up(address, huge_page_size) - address;
  auto* const target = static_cast<std::byte*>(begin) + before;
  const std::size_t after = reserved - before - size;
  CHECK(before == 0 || ::munmap(begin, before) == 0);
  CHECK(after == 0 || ::munmap(target + size, after) == 0);
  return target;
}

void* move_mapped(void* memory, std::size_t old_size, std::size_t new_size) {
  if (new_size < huge_page_size || new_size < old_size) {
    return ::mremap(memory, old_size, new_size, MREMAP_MAYMOVE);
  }
  if (reinterpret_cast<std::uintptr_t>(memory) % huge_page_size == 0) {
    void* const same = ::mremap(memory, old_size, new_size, 0);
    if (same != MAP_FAILED) return same;
  }
  void* const target = huge_page_address(round_up(new_size, page_size));
  if (target == nullptr) return ::mremap(memory, old_size, new_size, MREMAP_MAYMOVE);
  return ::mremap(memory, old_size, new_size, MREMAP_MAYMOVE | MREMAP_FIXED, target);
}

void* resize_mapped(void* memory, std::size_t old_size, std::size_t new_size) {
  void* resized = move_mapped(memory, old_size, new_size);
  CHECK(resized != MAP_FAILED);
  // New pages are zero; the rest of the page in which the old end lies may not be.
  zero_from(resized, old_size, std::min(round_up(old_size, page_size), new_size));
  return resized;
}

// Before it is freed: the allocator would keep the pages for a while, and all tables grow out of it
// at about the same time.
void drop_pages(void* memory, std::size_t size) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::size_t before = round_up(address, page_size) - address;
  if (size < before + page_size) return;
  ::madvise(static_cast<std::byte*>(memory) + before, (size - before) / page_size * page_size,
            MADV_DONTNEED);
}

void release(void* memory, std::size_t size) {
  if (is_mapped(size)) {
    CHECK(::munmap(memory, size) == 0);
  } else {
    std::free(memory);
  }
}

}  // namespace

void* resize_zeroed(void* memory, std::size_t old_size, std::size_t new_size) {
  if (new_size == old_size) return memory;
  if (new_size == 0) {
    release(memory, old_size);
    return nullptr;
  }
  if (!is_mapped(old_size) && !is_mapped(new_size)) return resize_small(memory, old_size, new_size);
  if (is_mapped(old_size) && is_mapped(new_size)) return resize_mapped(memory, old_size, new_size);
  void* other = is_mapped(new_size) ? map(new_size) : resize_small(nullptr, 0, new_size);
  if (old_size > 0) {
    std::memcpy(other, memory, std::min(old_size, new_size));
    if (!is_mapped(old_size)) drop_pages(memory, old_size);
    release(memory, old_size);
  }
  return other;
}

}  // namespace gyre
