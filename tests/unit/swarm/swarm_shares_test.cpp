// Nobody is returned more than a share: addresses and networks that send many peers, before, among
// and after others; and swarms of strangers lose nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/swarm/shares.hpp"
#include "held_swarm.hpp"
#include "swarm_model.hpp"

namespace gyre::swarm {
namespace {

constexpr auto leecher = PeerKind::leecher;
constexpr auto seeder = PeerKind::seeder;
constexpr std::uint32_t wanted = 50;

// Party `number` of a test, in a network of its own or that of the others; its peers have ports.
template <class Address>
Address address_of(std::uint32_t network, std::uint32_t host) {
  Address address{};
  address.bytes[0] = std::byte{0x2a};
  store_be(&address.bytes[1], static_cast<std::uint16_t>(network));
  address.bytes[subscriber_size<Address> - 1] = static_cast<std::byte>(host);
  return address;
}

// Of the peers of an answer, or of several.
struct Shares {
  double address = 0;  // of the one that has most, of all
  double network = 0;
};

// What an eighth and a quarter may be by chance, in the mean of 400 answers.
constexpr double address_max = 0.135;
constexpr double network_max = 0.26;

template <class Address>
class SwarmShares : public testing::Test {
 protected:
  static constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);

  AnnounceOutcome announce(const Address& address, std::uint16_t port, PeerKind kind = leecher,
                           bool stopped = false) {
    return swarm_.announce({.peer = {address, port}, .kind = kind, .stopped = stopped}, now_,
                           random_);
  }
  // Each in a network of its own.
  void honest(std::uint32_t count, std::uint32_t first = 0, PeerKind kind = leecher,
              bool stopped = false) {
    for (std::uint32_t i = first; i < first + count; ++i) {
      announce(address_of<Address>(i, 1), 7000, kind, stopped);
    }
  }
  // Of so many networks, each with so many addresses, of so many ports.
  void crowd(std::uint32_t networks, std::uint32_t addresses, std::uint32_t ports,
             PeerKind kind = leecher, bool stopped = false) {
    for (std::uint32_t port = 0; port < ports; ++port) {
      for (std::uint32_t i = 0; i < networks * addresses; ++i) {
        announce(address_of<Address>(50'000 + i % networks, 1 + i / networks),
                 static_cast<std::uint16_t>(1000 + port), kind, stopped);
      }
    }
  }
  void clean() { swarm_.expire(now_, 3600); }

  // What many strangers of that kind are returned.
  Shares shares(PeerKind kind = leecher) {
    constexpr std::uint32_t requests = 400;
    std::map<std::uint64_t, std::uint32_t> by_address;
    std::map<std::uint64_t, std::uint32_t> by_network;
    std::vector<std::byte> out(wanted * peer_size + sizeof(PeerSlot<Address>));
    std::uint32_t returned = 0;
    for (std::uint32_t i = 0; i < requests; ++i) {
      const Announce<Address> stranger{.peer = {address_of<Address>(65'000, 1), 7000},
                                       .kind = kind,
                                       .store = false,
                                       .peers_wanted = wanted};
      const auto outcome = swarm_.announce(stranger, now_, random_, out);
      returned += outcome.compact_peer_count;
      for (std::uint32_t peer = 0; peer < outcome.compact_peer_count; ++peer) {
        std::uint64_t prefix = 0;
        std::memcpy(&prefix, &out[peer * peer_size], sizeof prefix);
        ++by_address[prefix & subscriber_mask<Address>];
        ++by_network[prefix & network_mask<Address>];
      }
    }
    const auto most = [](const auto& counts) {
      std::uint32_t max = 0;
      for (const auto& [party, count] : counts) max = std::max(max, count);
      return max;
    };
    return {1.0 * most(by_address) / std::max(returned, 1U),
            1.0 * most(by_network) / std::max(returned, 1U)};
  }
  std::uint32_t pool(PeerKind kind = leecher) { return swarm_.swarm().pool_of(kind); }
  std::uint32_t peer_count() { return swarm_.peer_count(); }
  // By `stopped` every one of them is found.
  void stop_all_and_expect_nobody(std::uint32_t honest_count, std::uint32_t networks,
                                  std::uint32_t addresses, std::uint32_t ports) {
    swarm_.check_invariants();
    honest(honest_count, 0, leecher, true);
    crowd(networks, addresses, ports, leecher, true);
    EXPECT_EQ(peer_count(), 0U);
  }

  test::HeldSwarm<Address> swarm_;
  Random random_{1};
  Seconds now_ = 1000;
};

using Addresses = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(SwarmShares, Addresses);

TYPED_TEST(SwarmShares, StrangersLoseNothing) {
  for (std::uint32_t count = 0; count < 6'000; ++count) {
    this->honest(1, count, count % 3 == 0 ? leecher : seeder);
    ASSERT_EQ(this->pool(), count + 1);
    ASSERT_EQ(this->pool(seeder), count / 3 + 1);
  }
  this->clean();
  EXPECT_EQ(this->pool(), 6'000U);
  for (std::uint32_t count = 0; count < 5'000; ++count) {
    this->honest(1, count, leecher, true);
    if (count % 100 == 0) this->clean();
    ASSERT_EQ(this->pool(), this->peer_count());
  }
}

TYPED_TEST(SwarmShares, SmallSwarmsReturnEverybody) {
  this->crowd(1, 1, 64);
  EXPECT_EQ(this->pool(), 64U);
  this->clean();
  EXPECT_EQ(this->pool(), 64U);
  this->honest(1);
  EXPECT_EQ(this->peer_count(), 65U);
  EXPECT_EQ(this->pool(), 3U) << "two and the newcomer";
  this->honest(1, 0, leecher, true);
  this->clean();
  EXPECT_EQ(this->pool(), 64U) << "small again";
}

// As in a local network.
TYPED_TEST(SwarmShares, NobodyIsCrowdedOutWhereAllAreOfOneNetwork) {
  this->crowd(1, 1, 500);
  this->clean();
  EXPECT_EQ(this->pool(), 500U) << "of one address";
  this->crowd(1, 100, 10);
  this->clean();
  EXPECT_GT(this->pool(), 1'000U) << "of one network";
  EXPECT_LE(this->shares().address, address_max);
  this->honest(30);
  this->clean();
  EXPECT_LE(this->shares().network, network_max) << "no longer";
}

TYPED_TEST(SwarmShares, OneAddressBesideOthers) {
  for (const std::uint32_t others : {30U, 300U, 1'000U, 4'000U}) {
    for (const bool comes_first : {false, true}) {
      SCOPED_TRACE(testing::Message() << others << (comes_first ? ", comes first" : ""));
      if (comes_first) this->crowd(1, 1, 64);
      this->honest(others);
      if (!comes_first) this->crowd(1, 1, 64);
      EXPECT_EQ(this->peer_count(), others + 64);
      EXPECT_LE(this->shares().address, address_max);
      this->clean();
      EXPECT_LE(this->shares().address, address_max);
      if (others == 30) {
        EXPECT_EQ(this->pool(), 34U) << "an eighth of these";
      } else if (others >= 1'000) {
        EXPECT_EQ(this->pool(), others + 64) << "less than an eighth";
      }
      this->stop_all_and_expect_nobody(others, 1, 1, 64);
    }
  }
}

TYPED_TEST(SwarmShares, ManyAddressesOfOneNetwork) {
  for (const std::uint32_t others : {30U, 300U}) {
    SCOPED_TRACE(others);
    this->honest(others);
    this->crowd(1, 100, 64);
    EXPECT_EQ(this->peer_count(), others + 6'400);
    EXPECT_LE(this->shares().network, 0.35) << "buckets have been added, each with some of it";
    this->clean();
    EXPECT_LE(this->shares().network, network_max);
    EXPECT_GE(this->pool(), others * 5 / 4);
    this->stop_all_and_expect_nobody(others, 1, 100, 64);
  }
}

// Who has many networks has the shares of many.
TYPED_TEST(SwarmShares, ManyAddressesOfManyNetworks) {
  this->honest(30);
  this->crowd(100, 1, 64);
  EXPECT_LE(this->shares().address, 0.05);
  EXPECT_LE(this->shares().network, 0.05);
  this->stop_all_and_expect_nobody(30, 100, 1, 64);
}

// Seeders get a sample of the downloaders alone.
TYPED_TEST(SwarmShares, DownloadersAmongManySeeders) {
  this->honest(500, 0, seeder);
  this->honest(40, 500);
  this->crowd(1, 1, 64);
  EXPECT_LE(this->shares(seeder).address, address_max);
  EXPECT_LE(this->pool(seeder), 46U);
  EXPECT_GE(this->pool(), 540U) << "and downloaders all seeders";
}

TYPED_TEST(SwarmShares, NobodyGetsInByBeingASeederFirst) {
  this->honest(500, 0, seeder);
  this->honest(40, 500);
  this->crowd(1, 1, 64, seeder);
  this->crowd(1, 1, 64, leecher);
  EXPECT_LE(this->shares(seeder).address, address_max);
  this->clean();
  EXPECT_LE(this->shares(seeder).address, address_max);
}

TYPED_TEST(SwarmShares, NobodyGetsInByTryingOften) {
  this->honest(200);
  for (int i = 0; i < 100; ++i) {
    this->crowd(1, 20, 6);
    const auto port = static_cast<std::uint16_t>(1000 + i % 6);
    for (std::uint32_t host = 1; host <= 20; ++host) {
      this->announce(address_of<TypeParam>(50'000, host), port, leecher, true);
    }
  }
  EXPECT_LE(this->shares().network, 0.30);
}

TYPED_TEST(SwarmShares, OthersLeave) {
  this->honest(600);
  this->crowd(1, 1, 64);
  this->clean();
  EXPECT_EQ(this->pool(), 664U);
  this->honest(540, 60, leecher, true);
  this->clean();
  EXPECT_EQ(this->peer_count(), 124U);
  EXPECT_LE(this->pool(), 68U);
  EXPECT_LE(this->shares().address, address_max);
  this->stop_all_and_expect_nobody(60, 1, 1, 64);
}

TYPED_TEST(SwarmShares, DownloadersFinish) {
  this->honest(600);
  this->crowd(1, 1, 64);
  this->clean();
  this->honest(560, 0, seeder);
  this->clean();
  EXPECT_LE(this->pool(seeder), 45U);
  EXPECT_LE(this->shares(seeder).address, address_max);
}

TYPED_TEST(SwarmShares, TheCrowdLeaves) {
  this->honest(100);
  this->crowd(1, 2, 64);
  for (std::uint16_t port = 2000; port < 2020; ++port) {
    this->announce(address_of<TypeParam>(50'000, 200), port);
  }
  EXPECT_LT(this->pool(), this->peer_count());
  this->crowd(1, 2, 64, leecher, true);
  this->clean();
  EXPECT_EQ(this->peer_count(), 120U);
  EXPECT_EQ(this->pool(), 114U) << "it has its eighth";
  this->honest(60, 100);
  this->clean();
  EXPECT_EQ(this->pool(), 180U) << "and is no crowd beside more";
}

TYPED_TEST(SwarmShares, CountsAreOfEverybody) {
  this->honest(30);
  this->crowd(1, 1, 50, seeder);
  this->crowd(1, 1, 40, PeerKind::partial_seed);
  const SwarmCounts counts = this->swarm_.counts();
  EXPECT_EQ(counts.seeder_count, 10U);
  EXPECT_EQ(counts.leecher_count, 70U);
}

TEST(Shares, AreAnEighthAndAQuarter) {
  EXPECT_EQ(address_share(0), 2U);
  EXPECT_EQ(address_share(23), 2U);
  EXPECT_EQ(address_share(50), 6U);
  EXPECT_EQ(network_share(0), 8U);
  EXPECT_EQ(network_share(50), 12U);
  EXPECT_EQ(network_share(8, 4), 2U);
  EXPECT_EQ(address_share(8, 100), 1U);
}

TEST(Shares, AreOfPrefixes) {
  const auto differ_at = [](auto address, std::size_t byte) {
    const auto one = PeerSlot<decltype(address)>::of({address, 1}, {});
    address.bytes[byte] = std::byte{9};
    const auto other = PeerSlot<decltype(address)>::of({address, 2}, {});
    NeighbourCount<decltype(address)> count(one);
    count.add(other);
    return 10 * count.of_network() + count.of_address();
  };
  EXPECT_EQ(differ_at(Ipv4Address{}, 2), 0U);
  EXPECT_EQ(differ_at(Ipv4Address{}, 3), 10U) << "of one /24";
  EXPECT_EQ(differ_at(Ipv6Address{}, 5), 0U);
  EXPECT_EQ(differ_at(Ipv6Address{}, 6), 10U) << "of one /48";
  EXPECT_EQ(differ_at(Ipv6Address{}, 7), 10U);
  EXPECT_EQ(differ_at(Ipv6Address{}, 8), 11U) << "of one /64";
}

}  // namespace
}  // namespace gyre::swarm
