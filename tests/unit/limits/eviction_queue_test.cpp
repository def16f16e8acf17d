#include "common/limits/eviction_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

#include "common/base/random.hpp"

namespace gyre::limits {
namespace {

ClientAddress ipv4(std::uint8_t last) {
  return Ipv4Address{{std::byte{10}, {}, {}, std::byte{last}}};
}

TEST(ClientHash, Ipv6ClientsAreTheirSlash64) {
  Ipv6Address a{};
  a.bytes[0] = std::byte{0x20};
  a.bytes[7] = std::byte{1};
  Ipv6Address b = a;
  b.bytes[15] = std::byte{9};
  Ipv6Address other = a;
  other.bytes[7] = std::byte{2};
  EXPECT_EQ(client_key(a), client_key(b));
  EXPECT_NE(client_key(a), client_key(other));
  EXPECT_NE(client_key(ipv4(1)), client_key(ipv4(2)));
}

TEST(ClientHash, BucketsAreUniformAndSecret) {
  std::array<int, client_bucket_count> counts{};
  int moved = 0;
  for (std::uint32_t i = 0; i < 65'536; ++i) {
    const ClientAddress address =
        Ipv4Address{{std::byte{10}, {}, static_cast<std::byte>(i >> 8), static_cast<std::byte>(i)}};
    ++counts[client_bucket(address, 1)];
    if (client_bucket(address, 1) != client_bucket(address, 2)) ++moved;
  }
  for (const int count : counts) {
    EXPECT_GT(count, 150);
    EXPECT_LT(count, 380);
  }
  EXPECT_GT(moved, 64'000);
}

TEST(EvictionQueue, LargestClientLosesItsOldest) {
  EvictionQueue queue;
  EXPECT_EQ(queue.oldest_of_largest(), nullptr);
  std::array<EvictionQueue::Member, 5> members;
  queue.add(members[0], 7, 100);  // the oldest of all, but its client has no other
  queue.add(members[1], 3, 200);
  queue.add(members[2], 3, 300);
  EXPECT_EQ(queue.oldest_of_largest(2), &members[1]);
  EXPECT_EQ(queue.oldest_of_largest(3), nullptr);
  queue.remove(members[1]);
  queue.remove(members[1]);  // no effect
  queue.move(members[2], 7);
  EXPECT_EQ(queue.oldest_of_largest(2), &members[0]);
  EXPECT_EQ(queue.oldest_of_largest(3), nullptr);
  EXPECT_EQ(members[2].since_ns, 300U);
  EXPECT_EQ(queue.size(), 2U);
}

TEST(EvictionQueue, AgreesWithAModel) {
  Random random(1);
  EvictionQueue queue;
  std::vector<EvictionQueue::Member> members(300);
  std::map<std::uint16_t, std::vector<EvictionQueue::Member*>> model;
  for (int step = 0; step < 20'000; ++step) {
    EvictionQueue::Member& member = members[random.below(300)];
    if (member.is_queued()) {
      std::erase(model[member.bucket], &member);
      queue.remove(member);
    } else {
      const auto bucket = static_cast<std::uint16_t>(random.below(20) * 12);
      queue.add(member, bucket, static_cast<std::uint64_t>(step));
      model[bucket].push_back(&member);
    }
    std::uint32_t most = 0;
    for (const auto& [bucket, there] : model)
      most = std::max(most, static_cast<std::uint32_t>(there.size()));
    ASSERT_EQ(queue.oldest_of_largest(most + 1), nullptr);
    if (most == 0) continue;
    const EvictionQueue::Member* oldest = queue.oldest_of_largest(most);
    ASSERT_NE(oldest, nullptr);
    ASSERT_EQ(oldest, model[oldest->bucket].front());
    ASSERT_EQ(model[oldest->bucket].size(), most);
  }
}

}  // namespace
}  // namespace gyre::limits
