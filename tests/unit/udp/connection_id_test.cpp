#include "udp/connection_id.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <unordered_set>
#include <vector>

#include "common/base/bytes.hpp"
#include "tests/support/statistics.hpp"

namespace gyre::udp {
namespace {

constexpr std::uint32_t max_age_s = 120;
constexpr std::uint64_t epoch_s = max_age_s / 4;
constexpr std::uint64_t start = 1'700'000'000 / epoch_s * epoch_s;  // the start of an epoch

ConnectionSecret secret_of(std::uint8_t number) {
  ConnectionSecret secret{};
  secret.back() = std::byte{number};
  return secret;
}

ConnectionIds ids_at(std::uint64_t unix_seconds, std::uint8_t secret = 1) {
  ConnectionIds ids(secret_of(secret), max_age_s);
  ids.set_time(unix_seconds);
  return ids;
}

Ipv4Address ipv4(std::uint32_t number) {
  Ipv4Address address;
  store_be(address.bytes.data(), number);
  return address;
}

Ipv6Address ipv6(std::uint32_t number) {
  Ipv6Address address{{std::byte{0x20}, std::byte{0x01}}};
  store_be(address.bytes.data() + 12, number);
  return address;
}

TEST(ConnectionIds, AcceptsIssuedIds) {
  const ConnectionIds ids = ids_at(start);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_TRUE(ids.valid(ids.issue(ipv4(i)), ipv4(i)));
    EXPECT_TRUE(ids.valid(ids.issue(ipv6(i)), ipv6(i)));
  }
}

TEST(ConnectionIds, RejectsAnyFlippedBit) {
  const ConnectionIds ids = ids_at(start);
  const ConnectionId id = ids.issue(ipv4(7));
  for (int bit = 0; bit < 64; ++bit) EXPECT_FALSE(ids.valid(id ^ 1ULL << bit, ipv4(7))) << bit;
}

TEST(ConnectionIds, ZeroIsNeverIssuedNorAccepted) {
  const ConnectionIds ids = ids_at(start);
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    EXPECT_NE(ids.issue(ipv4(i)), 0U);
    EXPECT_FALSE(ids.valid(0, ipv4(i)));
  }
}

TEST(ConnectionIds, AreBoundToTheAddress) {
  const ConnectionIds ids = ids_at(start);
  const ConnectionId id = ids.issue(ipv4(0x0a000001));
  for (int bit = 0; bit < 32; ++bit) {
    EXPECT_FALSE(ids.valid(id, ipv4(0x0a000001 ^ 1U << bit))) << bit;
  }
  const ConnectionId id6 = ids.issue(ipv6(1));
  for (std::size_t bit = 0; bit < 128; ++bit) {
    Ipv6Address other = ipv6(1);
    other.bytes[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_FALSE(ids.valid(id6, other)) << bit;
  }
}

TEST(ConnectionIds, AgreeAcrossWorkersAndRestarts) {
  const ConnectionIds one = ids_at(start);
  const ConnectionIds other = ids_at(start + epoch_s / 2);
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(one.issue(ipv4(i)), other.issue(ipv4(i)));
    EXPECT_EQ(one.issue(ipv6(i)), other.issue(ipv6(i)));
  }
}

TEST(ConnectionIds, DifferBetweenSecrets) {
  const ConnectionIds one = ids_at(start, 1);
  const ConnectionIds other = ids_at(start, 2);
  for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_FALSE(other.valid(one.issue(ipv4(i)), ipv4(i)));
}

TEST(ConnectionIds, DependOnEveryByteOfTheSecret) {
  const ConnectionId id = ids_at(start).issue(ipv4(1));
  for (std::size_t at = 0; at < sizeof(ConnectionSecret); ++at) {
    ConnectionSecret secret = secret_of(1);
    secret[at] ^= std::byte{0x80};
    ConnectionIds ids(secret, max_age_s);
    ids.set_time(start);
    EXPECT_NE(ids.issue(ipv4(1)), id) << at;
  }
}

// An id is accepted for at least max_age and at most a quarter more, whenever in an epoch it is
// issued.
TEST(ConnectionIds, ExpireAfterMaxAgeAndAQuarter) {
  for (std::uint64_t issued = start; issued < start + epoch_s; ++issued) {
    ConnectionIds ids = ids_at(issued);
    const ConnectionId id = ids.issue(ipv4(9));
    for (std::uint64_t age = 0; age <= max_age_s; ++age) {
      ids.set_time(issued + age);
      ASSERT_TRUE(ids.valid(id, ipv4(9))) << issued - start << " + " << age;
    }
    for (std::uint64_t age = max_age_s + epoch_s; age < std::uint64_t{4} * max_age_s; ++age) {
      ids.set_time(issued + age);
      ASSERT_FALSE(ids.valid(id, ipv4(9))) << issued - start << " + " << age;
    }
  }
}

TEST(ConnectionIds, RoundOddAgesUp) {
  for (const std::uint32_t age : {4U, 5U, 6U, 7U, 61U, 121U, 5399U}) {
    ConnectionIds ids(secret_of(1), age);
    for (std::uint64_t issued = start; issued < start + age; issued += 1 + age / 50) {
      ids.set_time(issued);
      const ConnectionId id = ids.issue(ipv4(9));
      ids.set_time(issued + age);
      EXPECT_TRUE(ids.valid(id, ipv4(9))) << age;
      ids.set_time(issued + age + age / 4 + 5);
      EXPECT_FALSE(ids.valid(id, ipv4(9))) << age;
    }
  }
}

TEST(ConnectionIds, TolerateClocksThatStepBack) {
  ConnectionIds ids = ids_at(start);
  const ConnectionId id = ids.issue(ipv4(3));
  ids.set_time(start - 1);
  EXPECT_TRUE(ids.valid(id, ipv4(3)));
  ids.set_time(start - epoch_s);
  EXPECT_TRUE(ids.valid(id, ipv4(3)));
  ids.set_time(start - epoch_s - 1);
  EXPECT_FALSE(ids.valid(id, ipv4(3))) << "an id from the far future is invalid";
  ids.set_time(start);
  EXPECT_TRUE(ids.valid(id, ipv4(3)));
  EXPECT_EQ(ids.issue(ipv4(3)), id);
}

TEST(ConnectionIds, RotateWithEachEpoch) {
  ConnectionIds ids = ids_at(start);
  std::unordered_set<ConnectionId> seen;
  for (std::uint64_t epoch = 0; epoch < 1000; ++epoch) {
    ids.set_time(start + epoch * epoch_s);
    const ConnectionId id = ids.issue(ipv4(1));
    EXPECT_TRUE(seen.insert(id).second);
    ids.set_time(start + (epoch + 1) * epoch_s - 1);
    EXPECT_EQ(ids.issue(ipv4(1)), id) << "one id within an epoch";
  }
}

TEST(ConnectionIds, WorkFromTheFirstSecondOfUnixTime) {
  ConnectionIds ids = ids_at(0);
  const ConnectionId id = ids.issue(ipv4(1));
  EXPECT_TRUE(ids.valid(id, ipv4(1)));
  ids.set_time(max_age_s);
  EXPECT_TRUE(ids.valid(id, ipv4(1)));
}

template <class Address>
void check_distribution(Address (*address)(std::uint32_t)) {
  constexpr std::uint32_t count = 100'000;
  const ConnectionIds ids = ids_at(start);
  std::unordered_set<ConnectionId> seen;
  std::vector<std::uint32_t> set_count(64);
  for (std::uint32_t i = 0; i < count; ++i) {
    const ConnectionId id = ids.issue(address(i));
    EXPECT_TRUE(seen.insert(id).second) << i;
    for (ConnectionId rest = id; rest != 0; rest &= rest - 1) {
      ++set_count[static_cast<std::size_t>(std::countr_zero(rest))];
    }
  }
  EXPECT_LT(test::uniformity(set_count, count, 0.5).largest_deviation, 4.5);
}

TEST(ConnectionIds, DifferForNeighbouringIpv4Addresses) {
  check_distribution<Ipv4Address>(ipv4);
}

TEST(ConnectionIds, DifferForNeighbouringIpv6Addresses) {
  check_distribution<Ipv6Address>(ipv6);
}

TEST(ConnectionIdsDeathTest, TooShortAgesAreAProgrammingError) {
  EXPECT_DEATH(ConnectionIds(secret_of(1), 3), "CHECK");
}

}  // namespace
}  // namespace gyre::udp
