// Whether memory keeps its contents, and is zero beyond them, across every change of its size:
// within malloc, within mappings, and from each to the other.
#include "common/base/table_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "common/base/random.hpp"
#include "common/base/types.hpp"
#include "tests/support/scale.hpp"

namespace gyre {
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
  bool begins_like_a_huge_page() const {
    return reinterpret_cast<std::uintptr_t>(memory_) % huge_page_size == 0;
  }
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

TEST(TableMemory, BeginsLikeAHugePageWhereItFillsOne) {
  Memory memory;
  for (const std::size_t size :
       {huge_page_size - 5000, huge_page_size + 4095, huge_page_size + 1'000'000,
        3 * huge_page_size + 1, 2 * huge_page_size, 5 * huge_page_size - 3, huge_page_size - 1,
        std::size_t{0}, mapped_min, 2 * huge_page_size}) {
    SCOPED_TRACE(size);
    memory.resize(size);
    memory.fill();
    if (HasFatalFailure()) return;
    EXPECT_TRUE(size < huge_page_size || memory.begins_like_a_huge_page());
  }
}

TEST(TableMemory, NothingToNothingIsNothing) {
  EXPECT_EQ(resize_zeroed(nullptr, 0, 0), nullptr);
}

}  // namespace
}  // namespace gyre
