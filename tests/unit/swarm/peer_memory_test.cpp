// Memory of lists: slots keep what is written to them, in one piece and in blocks, and memory goes
// with the peers.
#include "common/swarm/peer_memory.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <vector>

#include "swarm_model.hpp"

namespace gyre::swarm {
namespace {

using test::number_of;
using test::peer_of;

template <class Address>
void fill(PeerMemory<Address>& memory, std::uint32_t count) {
  for (std::uint32_t position = 0; position < count; ++position) {
    memory.reserve(position);
    memory[position] = PeerSlot<Address>::of(peer_of<Address>(position), {});
  }
}

template <class Address>
void check(const PeerMemory<Address>& memory, std::uint32_t count) {
  for (std::uint32_t position = 0; position < count; ++position) {
    ASSERT_EQ(number_of<Address>(memory[position].compact()), position);
  }
}

// As it is as long as nobody is put into it.
void check_is_empty(const PeerIndex& index) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(index.find(i * 0x9e37'79b9, [](std::uint32_t) { return true; }), std::nullopt);
  }
}

template <class Address>
class PeerMemoryTest : public testing::Test {};
using Addresses = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(PeerMemoryTest, Addresses);

constexpr std::uint32_t sizes[] = {1,   2,   33,  127, 128,   129,    959,
                                   960, 961, 962, 999, 1'024, 12'345, PeerIndex::capacity_max};

TYPED_TEST(PeerMemoryTest, EverySlotIsItsOwn) {
  for (const std::uint32_t size : sizes) {
    SCOPED_TRACE(size);
    PeerMemory<TypeParam> memory(PeerMemory<TypeParam>::capacity_for(size));
    fill(memory, memory.capacity());
    check(memory, memory.capacity());
    check_is_empty(memory.index());
  }
}

TYPED_TEST(PeerMemoryTest, HasRoomForSoManyAndNotForManyMore) {
  using Memory = PeerMemory<TypeParam>;
  EXPECT_EQ(Memory::capacity_for(0), 0U);
  std::uint32_t before = 0;
  for (std::uint32_t peers = 1; peers <= PeerIndex::capacity_max; ++peers) {
    const std::uint32_t capacity = Memory::capacity_for(peers);
    ASSERT_GE(capacity, peers);
    ASSERT_LE(capacity, peers + peers / 4 + 3) << peers;
    ASSERT_LE(capacity, PeerIndex::capacity_max);
    ASSERT_TRUE(capacity >= before) << peers;
    before = capacity;
  }
}

TYPED_TEST(PeerMemoryTest, VisitsAllInTurn) {
  for (const std::uint32_t size : {100U, 1'000U}) {
    PeerMemory<TypeParam> memory(PeerMemory<TypeParam>::capacity_for(size));
    fill(memory, size);
    for (const std::uint32_t first : {0U, 1U, 50U, size / 2, size - 1, size}) {
      for (std::uint32_t length = 0; length <= size - first; ++length) {
        std::uint32_t next = first;
        memory.visit(first, length, [&next](auto slots) {
          for (const auto& slot : slots) ASSERT_EQ(number_of<TypeParam>(slot.compact()), next++);
        });
        ASSERT_EQ(next, first + length);
      }
    }
  }
}

TYPED_TEST(PeerMemoryTest, TakesOverFromEveryForm) {
  using Memory = PeerMemory<TypeParam>;
  for (const std::uint32_t from : {500U, 2'000U}) {
    for (const std::uint32_t to : {300U, 900U, 1'500U, 4'000U}) {
      const std::uint32_t count = std::min(from, to);
      Memory before(Memory::capacity_for(from));
      fill(before, from);
      Memory after(Memory::capacity_for(to));
      after.take_slots(before, count);
      before = Memory();
      check(after, count);
      fill(after, to);
      check(after, to);
    }
  }
}

std::int64_t allocated() {
  return static_cast<std::int64_t>(::mallinfo2().uordblks + ::mallinfo2().hblkhd);
}

TYPED_TEST(PeerMemoryTest, BlocksGoWithThePeers) {
  using Memory = PeerMemory<TypeParam>;
  constexpr std::uint32_t count = 10'000;
  constexpr std::int64_t all = count * sizeof(PeerSlot<TypeParam>);
  constexpr std::int64_t some = all / 8;  // a block, and what the allocator keeps for next time
  Memory memory(Memory::capacity_for(count));
  const std::int64_t without = allocated();
  fill(memory, count);
  const std::int64_t with = allocated();
  if (with == without) GTEST_SKIP() << "another allocator, which does not tell";
  EXPECT_GE(with - without, all - some);
  for (std::uint32_t left = count - 1; left > 0; --left) {
    memory.release(left);
    if (left != count / 2) continue;
    EXPECT_LE(allocated() - without, all / 2 + some);
  }
  memory.release(0);
  EXPECT_LE(allocated() - without, some);
  fill(memory, count);
  check(memory, count);
}

}  // namespace
}  // namespace gyre::swarm
