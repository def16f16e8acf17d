// Whether memory keeps its contents, and is zero beyond them, across every change of its size:
// within malloc, within mappings, and from each to the other.
#include "common/swarm/table_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "common/random.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

// Each byte tells where it is and in which round it was written; it is never zero.
std::byte written(std::size_t at, std::uint32_t round) {
  return static_cast<std::byte>(1 + (at * 7 + at / 4096 + round * 31) % 251);
}

class Memory {
 public:
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { resize(0); }

  void resize(std::size_t size) {
    memory_ = static_cast<std::byte*>(resize_zeroed(memory_, size_, size));
    const std::size_t kept = std::min(size, size_);
    size_ = size;
    ASSERT_EQ(memory_ == nullptr, size == 0);
    for (std::size_t at = 0; at < kept; ++at) ASSERT_EQ(memory_[at], written(at, round_)) << at;
    const std::span<const std::byte> added(memory_ + kept, size - kept);
    ASSERT_TRUE(std::ranges::all_of(added, [](std::byte byte) { return byte == std::byte{0}; }));
  }
  void gather_on_huge_pages() { swarm::gather_on_huge_pages(memory_, size_); }
  void fill() {
    ++round_;
    for (std::size_t at = 0; at < size_; ++at) memory_[at] = written(at, round_);
  }

 private:
  std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
  std::uint32_t round_ = 0;
};

constexpr std::size_t mapped_min = 65'536;  // from here on a mapping of its own
constexpr std::size_t sizes[] = {
    1,      8,      4095,    4096,           mapped_min - 1, mapped_min, 65'537, mapped_min + 4095,
    69'632, 69'633, 100'001, 2 * mapped_min, 300'000};

TEST(TableMemory, KeepsItsContentsFromEverySizeToEveryOther) {
  for (const std::size_t from : sizes) {
    for (const std::size_t to : sizes) {
      SCOPED_TRACE(testing::Message() << from << " to " << to);
      Memory memory;
      memory.resize(from);
      memory.fill();
      memory.resize(to);
      memory.fill();
      memory.resize(from);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(TableMemory, GrowsAndShrinksAtRandom) {
  Random random(1);
  Memory memory;
  for (std::size_t i = 0; i < test::scaled(1000); ++i) {
    memory.resize(random.below(random.below(2) == 0 ? 2 * mapped_min : 5 * mapped_min));
    if (random.below(3) > 0) {
      memory.fill();
    } else {
      memory.resize(0);
    }
    if (HasFatalFailure()) return;
  }
}

// Across the size from which memory begins with a huge page, and while it is put on them.
TEST(TableMemory, KeepsItsContentsOnHugePages) {
  constexpr std::size_t huge = std::size_t{2} << 20;
  Memory memory;
  for (const std::size_t size : {huge - 5000, huge + 4095, huge + 1'000'000, 3 * huge + 1, 2 * huge,
                                 5 * huge - 3, huge - 1, std::size_t{0}, 2 * huge}) {
    SCOPED_TRACE(size);
    memory.resize(size);
    memory.fill();
    memory.gather_on_huge_pages();  // and the next change of size looks at the contents
    if (HasFatalFailure()) return;
  }
}

TEST(TableMemory, NothingToNothingIsNothing) {
  EXPECT_EQ(resize_zeroed(nullptr, 0, 0), nullptr);
}

}  // namespace
}  // namespace gyre::swarm
