#include "common/swarm/table_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "common/check.hpp"

namespace gyre::swarm {
namespace {

// Smaller pieces would lose too much to whole pages.
constexpr std::size_t mapped_size_min = std::size_t{64} * 1024;

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

void* resize_mapped(void* memory, std::size_t old_size, std::size_t new_size) {
  void* resized = ::mremap(memory, old_size, new_size, MREMAP_MAYMOVE);
  CHECK(resized != MAP_FAILED);
  // New pages are zero; the rest of the page in which the old end lies may not be.
  constexpr std::size_t page_size = 4096;
  const std::size_t page_end = (old_size + page_size - 1) / page_size * page_size;
  zero_from(resized, old_size, std::min(page_end, new_size));
  return resized;
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
    release(memory, old_size);
  }
  return other;
}

}  // namespace gyre::swarm
