#include "ws/swarms.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "tests/support/scale.hpp"

namespace gyre::ws {
namespace {

constexpr SipKey secret{1, 2};

SwarmId swarm_id(std::uint32_t number) {
  SwarmId id;
  std::memcpy(id.info_hash.bytes.data(), &number, sizeof number);
  return id;
}
PeerId peer_id(std::uint32_t number) {
  PeerId id;
  std::memcpy(id.bytes.data(), &number, sizeof number);
  return id;
}
ConnectionRef connection(std::uint32_t number) {
  return {.index = number, .generation = 7, .worker = number % 3};
}
Sender sender(std::uint32_t connection_number) {
  return {.connection = connection(connection_number), .address = Ipv4Address{}};
}

class SwarmsTest : public ::testing::Test {
 protected:
  swarm::Budget budget;
  Swarms swarms{secret, {.max_peers_per_connection = 0}, nullptr, budget};
  Random random{1};

  std::vector<PeerHandle> chosen_by(PeerHandle peer, std::size_t count) {
    std::vector<PeerHandle> chosen(count);
    chosen.resize(swarms.choose_others(peer, random, chosen));
    return chosen;
  }
};

TEST_F(SwarmsTest, CountsPeers) {
  swarms.announce(swarm_id(1), sender(1), peer_id(1), false, false);
  swarms.announce(swarm_id(1), sender(2), peer_id(2), true, false);
  EXPECT_EQ(swarms.counts(swarm_id(1)).leecher_count, 1U);
  EXPECT_EQ(swarms.counts(swarm_id(1)).seeder_count, 1U);
  EXPECT_EQ(swarms.counts(swarm_id(2)).seeder_count, 0U);
  EXPECT_EQ(swarms.peer_count(), 2U);
  EXPECT_EQ(swarms.seeder_count(), 1U);
}

TEST_F(SwarmsTest, CountsACompletionOnce) {
  swarms.announce(swarm_id(1), sender(1), peer_id(1), false, false);
  for (int i = 0; i < 2; ++i) swarms.announce(swarm_id(1), sender(1), peer_id(1), true, true);
  swarms.announce(swarm_id(1), sender(2), peer_id(2), true, true);  // was never a leecher
  EXPECT_EQ(swarms.counts(swarm_id(1)).completed_count, 1U);
  EXPECT_EQ(swarms.counts(swarm_id(1)).seeder_count, 2U);
}

TEST_F(SwarmsTest, ConnectionsChangeOnlyTheirPeers) {
  const auto first = swarms.announce(swarm_id(1), sender(1), peer_id(5), false, false);
  EXPECT_FALSE(first.has_same_id);
  const auto second = swarms.announce(swarm_id(1), sender(2), peer_id(5), true, false);
  EXPECT_EQ(second.has_same_id, connection(1));
  EXPECT_EQ(swarms.counts(swarm_id(1)).leecher_count, 1U);
  swarms.stop(swarm_id(1), connection(3), peer_id(5));
  swarms.stop(swarm_id(1), connection(2), peer_id(5));
  swarms.forget(connection(2));
  EXPECT_TRUE(swarms.has(*first.peer));
  EXPECT_FALSE(swarms.has(*second.peer));
  EXPECT_EQ(swarms.connection_of(*first.peer), connection(1));
  EXPECT_EQ(swarms.find(swarm_id(1), connection(1), peer_id(5)), first.peer);
}

TEST_F(SwarmsTest, NeverChoosesTheSamePeerId) {
  const auto first = swarms.announce(swarm_id(1), sender(1), peer_id(5), false, false);
  swarms.announce(swarm_id(1), sender(2), peer_id(5), false, false);
  EXPECT_TRUE(chosen_by(*first.peer, 10).empty());
}

TEST_F(SwarmsTest, ForgetRemovesAllPeersOfAConnection) {
  for (std::uint32_t i = 0; i < 40; ++i) {
    swarms.announce(swarm_id(i % 20), sender(1), peer_id(i), i % 2 == 0, false);
    swarms.announce(swarm_id(i % 20), sender(2), peer_id(100 + i), i % 2 == 0, false);
  }
  swarms.forget(connection(1));
  EXPECT_EQ(swarms.peer_count(), 40U);
  swarms.forget(connection(2));
  EXPECT_EQ(swarms.peer_count(), 0U);
  EXPECT_EQ(swarms.seeder_count(), 0U);
  EXPECT_EQ(swarms.torrent_count(), 0U);
  EXPECT_EQ(budget.peer_count(), 0U);
  EXPECT_EQ(budget.torrent_count(), 0U);
}

TEST_F(SwarmsTest, KeepsTheTwoNewestPeersOfAConnection) {
  for (std::uint32_t i = 0; i < 300; ++i) {
    swarms.announce(swarm_id(1), sender(1), peer_id(i), false, false);
    swarms.announce(swarm_id(2), sender(1), peer_id(i), false, false);
    EXPECT_EQ(swarms.peer_count(), 2 * std::min(i + 1, 2U));
  }
  EXPECT_TRUE(swarms.find(swarm_id(1), connection(1), peer_id(298)));
  EXPECT_TRUE(swarms.find(swarm_id(1), connection(1), peer_id(299)));
  swarms.announce(swarm_id(1), sender(2), peer_id(1), false, false);
  EXPECT_EQ(swarms.counts(swarm_id(1)).leecher_count, 3U);
  swarms.stop(swarm_id(1), connection(1), peer_id(299));
  swarms.announce(swarm_id(1), sender(1), peer_id(5), false, false);
  EXPECT_TRUE(swarms.find(swarm_id(1), connection(1), peer_id(298)));
}

// With 10 offers: first different connections, and at most an eighth for each address.
TEST_F(SwarmsTest, PrefersDistinctConnectionsAndAddresses) {
  const auto from = [](std::uint32_t number, std::uint8_t address) {
    return Sender{connection(number), Ipv4Address{{std::byte{10}, {}, {}, std::byte{address}}}};
  };
  const auto latest = swarms.announce(swarm_id(1), from(0, 200), peer_id(0), false, false).peer;
  for (std::uint32_t i = 1; i <= 20; ++i) {
    swarms.announce(swarm_id(1), from(i, static_cast<std::uint8_t>(i)), peer_id(i), false, false);
  }
  for (std::uint32_t i = 100; i < 150; ++i) {  // one address, two peers on each connection
    swarms.announce(swarm_id(1), from(i, 100), peer_id(i), false, false);
    swarms.announce(swarm_id(1), from(i, 100), peer_id(1000 + i), false, false);
  }
  std::size_t of_the_many = 0;
  for (int round = 0; round < 200; ++round) {
    const auto chosen = chosen_by(*latest, 10);
    ASSERT_GE(chosen.size(), 5U) << "in 64 draws";
    std::set<std::uint32_t> connections;
    for (const PeerHandle peer : chosen) {
      const std::uint32_t number = swarms.connection_of(peer).index;
      if (number >= 100) ++of_the_many;
      connections.insert(number);
    }
    ASSERT_EQ(connections.size(), chosen.size());
  }
  EXPECT_LE(of_the_many, 300U);  // one of ten, and more if 64 draws found no others

  // Without others they get all, on as many connections as there are.
  for (std::uint32_t i = 1; i <= 20; ++i) swarms.forget(connection(i));
  EXPECT_EQ(chosen_by(*latest, 40).size(), 5U) << "an eighth of a larger swarm";
  for (std::uint32_t i = 130; i < 150; ++i) swarms.forget(connection(i));
  std::set<std::uint32_t> connections;
  for (const PeerHandle peer : chosen_by(*latest, 30)) {
    connections.insert(swarms.connection_of(peer).index);
  }
  EXPECT_EQ(connections.size(), 30U);
  for (std::uint32_t i = 103; i < 150; ++i) swarms.forget(connection(i));
  EXPECT_EQ(chosen_by(*latest, 10).size(), 6U);
}

// A crowd of a network beside a few others, over both families.
TEST_F(SwarmsTest, ANetworkGetsAQuarterOfTheOffers) {
  const auto ipv4 = [](std::uint32_t network, std::uint32_t host) {
    return ClientAddress(Ipv4Address{
        {std::byte{10}, static_cast<std::byte>(network), {}, static_cast<std::byte>(host)}});
  };
  const auto ipv6 = [](std::uint32_t network, std::uint32_t host) {
    Ipv6Address address{};
    address.bytes[0] = std::byte{0x20};
    address.bytes[5] = static_cast<std::byte>(network);
    address.bytes[6] = static_cast<std::byte>(host);
    return ClientAddress(address);
  };
  std::uint32_t number = 0;
  const auto announce = [&](const ClientAddress& address) {
    ++number;
    return swarms
        .announce(swarm_id(1), {connection(number), address}, peer_id(number), false, false)
        .peer;
  };
  const auto asks = announce(ipv4(200, 1));
  for (std::uint32_t i = 0; i < 30; ++i) {
    announce(ipv4(i, 1));
    announce(ipv6(i, 1));
  }
  const std::uint32_t crowd_begin = number + 1;
  for (std::uint32_t i = 0; i < 200; ++i) announce(ipv4(100, i));
  const std::uint32_t second_begin = number + 1;
  for (std::uint32_t i = 0; i < 200; ++i) announce(ipv6(100, i));
  for (int round = 0; round < 100; ++round) {
    std::uint32_t of_first = 0;
    std::uint32_t of_second = 0;
    const auto chosen = chosen_by(*asks, 40);
    for (const PeerHandle peer : chosen) {
      const std::uint32_t index = swarms.connection_of(peer).index;
      (index >= second_begin ? of_second : of_first) += index >= crowd_begin ? 1 : 0;
    }
    ASSERT_LE(of_first, 10U);
    ASSERT_LE(of_second, 10U);
    ASSERT_GE(chosen.size(), 20U);
  }
  // Where all are of one network, nobody is crowded out.
  for (std::uint32_t i = 0; i < 100; ++i) {
    ++number;
    swarms.announce(swarm_id(2), {connection(number), ipv4(7, i)}, peer_id(number), false, false);
  }
  const auto one = swarms.find(swarm_id(2), connection(number), peer_id(number));
  EXPECT_EQ(chosen_by(*one, 40).size(), 40U);
}

TEST_F(SwarmsTest, DropRemovesAllPeersOfATorrent) {
  const auto peer = swarms.announce(swarm_id(1), sender(1), peer_id(1), false, false);
  swarms.announce(swarm_id(1), sender(2), peer_id(2), true, false);
  swarms.announce(swarm_id(2), sender(2), peer_id(2), true, false);
  swarms.drop(swarm_id(1));
  EXPECT_FALSE(swarms.has(*peer.peer));
  EXPECT_EQ(swarms.peer_count(), 1U);
  EXPECT_EQ(swarms.torrent_count(), 1U);
}

TEST_F(SwarmsTest, HandlesOfRemovedPeersAreInvalid) {
  const auto gone = swarms.announce(swarm_id(1), sender(1), peer_id(1), false, false);
  swarms.stop(swarm_id(1), connection(1), peer_id(1));
  const auto next = swarms.announce(swarm_id(1), sender(2), peer_id(2), false, false);
  EXPECT_FALSE(swarms.has(*gone.peer));
  EXPECT_TRUE(swarms.has(*next.peer));
}

Sender from_network(std::uint32_t connection_number, unsigned network, unsigned host) {
  const auto byte = [](unsigned value) { return static_cast<std::byte>(value); };
  return {.connection = connection(connection_number),
          .address = Ipv4Address{
              {byte(network / 65'536), byte(network / 256), byte(network), byte(host)}}};
}

// Whoever has most makes place for others, until nobody has more than others.
TEST(SwarmsEviction, TakesFromTheNetworkThatHasMost) {
  swarm::Budget full({.peers = 100});
  Swarms swarms(secret, {.max_peers_per_connection = 0}, nullptr, full);
  Random random(1);
  EXPECT_FALSE(swarms.evict_peer(random)) << "there is none";
  for (std::uint32_t i = 0; i < 20; ++i) {
    swarms.announce(swarm_id(i), from_network(i, 1000 + i, 1), peer_id(i), false, false);
  }
  std::uint32_t fakes = 0;
  while (true) {
    const Sender attacker = from_network(1000 + fakes, 7, fakes);
    const auto announced =
        swarms.announce(swarm_id(1000 + fakes), attacker, peer_id(1000 + fakes), false, false);
    if (announced.exceeds_budget()) break;
    ++fakes;
  }
  EXPECT_EQ(fakes, 80U);
  for (std::uint32_t i = 20; i < 80; ++i) {
    const Sender newcomer = from_network(i, 1000 + i, 1);
    ASSERT_TRUE(swarms.evict_peer(random));
    ASSERT_TRUE(swarms.announce(swarm_id(i), newcomer, peer_id(i), false, false).peer);
    swarms.check_invariants();
  }
  std::uint32_t there = 0;
  for (std::uint32_t i = 0; i < 80; ++i) {
    there += swarms.counts(swarm_id(i)).leecher_count;
  }
  EXPECT_GE(there, 79U) << "the attacker still has 20";
  EXPECT_EQ(swarms.peer_count(), 100U);
}

TEST_F(SwarmsTest, SeedersGetLeechersAndLeechersGetAll) {
  std::set<std::uint32_t> leechers;
  PeerHandle seeder;
  PeerHandle leecher;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const bool is_seeder = i % 2 == 0;
    const auto peer = swarms.announce(swarm_id(1), sender(i), peer_id(i), is_seeder, false).peer;
    if (!is_seeder) leechers.insert(peer->index);
    (is_seeder ? seeder : leecher) = *peer;
  }
  std::set<std::uint32_t> of_seeder;
  for (const PeerHandle peer : chosen_by(seeder, 100)) of_seeder.insert(peer.index);
  EXPECT_EQ(of_seeder, leechers);
  std::set<std::uint32_t> of_leecher;
  for (const PeerHandle peer : chosen_by(leecher, 100)) of_leecher.insert(peer.index);
  EXPECT_EQ(of_leecher.size(), 19U);
  EXPECT_FALSE(of_leecher.contains(leecher.index));
}

// Chi-squared with n - 1 degrees of freedom, at a chance of about 1 in 10,000.
TEST_F(SwarmsTest, ChoosesUniformly) {
  for (const std::uint32_t size : {11U, 50U, 500U}) {
    const SwarmId id = swarm_id(size);
    std::vector<PeerHandle> peers;
    for (std::uint32_t i = 0; i < size; ++i) {
      peers.push_back(*swarms.announce(id, sender(i), peer_id(i), i % 3 == 0, false).peer);
    }
    for (std::uint32_t i = 0; i < size; i += 4) swarms.stop(id, connection(i), peer_id(i));
    const PeerHandle chooser = peers[1];
    std::map<std::uint32_t, double> counts;
    constexpr int rounds = 20'000;
    for (int i = 0; i < rounds; ++i) {
      for (const PeerHandle peer : chosen_by(chooser, 5)) ++counts[peer.index];
    }
    const auto swarm = swarms.counts(id);
    const double others = swarm.leecher_count + swarm.seeder_count - 1;
    EXPECT_EQ(static_cast<double>(counts.size()), others);
    const double expected = rounds * 5 / others;
    double chi_squared = 0;
    for (const auto& [peer, count] : counts) {
      chi_squared += (count - expected) * (count - expected) / expected;
    }
    const double freedom = others - 1;
    EXPECT_LT(chi_squared, freedom + 4 * std::sqrt(2 * freedom) + 10);
  }
}

TEST(SwarmsLimits, EachRefusesWithItsCounter) {
  limits::AddressCounts addresses(3, 1);
  swarm::Budget budget({.peers = 5, .torrents = 2});
  Swarms swarms(secret, {.max_peers_per_swarm = 2, .max_peers_per_connection = 2}, &addresses,
                budget);
  const auto announce = [&](std::uint32_t swarm, std::uint32_t from, std::uint8_t address) {
    const auto peer = swarms
                          .announce(swarm_id(swarm),
                                    {.connection = connection(from),
                                     .address = Ipv4Address{{std::byte{address}}}},
                                    peer_id(from), false, false)
                          .peer;
    return peer ? std::nullopt : std::optional(peer.error());
  };
  EXPECT_EQ(announce(1, 1, 1), std::nullopt);
  EXPECT_EQ(announce(1, 1, 1), std::nullopt);
  EXPECT_EQ(budget.peer_count(), 1U) << "it was there already";
  EXPECT_EQ(announce(1, 2, 1), std::nullopt);
  EXPECT_EQ(announce(1, 3, 1), Counter::refused_swarm);
  EXPECT_EQ(announce(2, 1, 1), std::nullopt);
  EXPECT_EQ(announce(3, 1, 2), Counter::refused_connection);
  EXPECT_EQ(announce(2, 4, 1), Counter::refused_address);
  EXPECT_EQ(announce(3, 4, 2), Counter::refused_torrent);
  EXPECT_EQ(announce(2, 4, 2), std::nullopt);
  EXPECT_EQ(budget.peer_count(), 4U);
  swarms.forget(connection(1));
  EXPECT_EQ(announce(3, 5, 1), Counter::refused_torrent);
  EXPECT_EQ(announce(2, 5, 1), std::nullopt);
  EXPECT_EQ(announce(1, 6, 1), std::nullopt);
  EXPECT_EQ(announce(1, 1, 2), Counter::refused_swarm);
  EXPECT_EQ(budget.peer_count(), 4U);
  EXPECT_EQ(budget.torrent_count(), 2U);
}

using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;  // swarm, connection, id

// Of three peers of a connection in a swarm one has been evicted, and not the newest. Returns
// whether that is so.
bool forget_replaced(Swarms& swarms, const Key& newest, std::map<Key, bool>& model) {
  const std::uint32_t swarm = std::get<0>(newest);
  const std::uint32_t from = std::get<1>(newest);
  std::size_t there = 0;
  std::size_t gone = 0;
  for (std::uint32_t id = 0; id < 3; ++id) {
    const Key key{swarm, from, id};
    if (!model.contains(key)) continue;
    if (swarms.find(swarm_id(swarm), connection(from), peer_id(id))) {
      ++there;
    } else {
      if (key == newest) return false;
      ++gone;
      model.erase(key);
    }
  }
  return there <= 2 && gone == (there + gone > 2 ? 1U : 0U);
}

// Random operations on the store and on plain containers.
TEST(SwarmsModel, AgreesWithPlainContainers) {
  swarm::Budget budget;
  Swarms swarms(secret, {.max_peers_per_connection = 0}, nullptr, budget);
  Random random(3);
  std::map<Key, bool> model;  // the value: whether it is a seeder
  const auto steps = static_cast<int>(test::scaled(200'000));
  for (int step = 0; step < steps; ++step) {
    // The range varies, so that tables grow and shrink.
    const std::uint32_t range = 5 + static_cast<std::uint32_t>(step / 20'000 % 5) * 40;
    const std::uint32_t swarm = random.below(range);
    const std::uint32_t from = random.below(range);
    const std::uint32_t id = random.below(3);
    const Key key{swarm, from, id};
    switch (random.below(16)) {
      case 0:
        swarms.forget(connection(from));
        std::erase_if(model, [&](const auto& entry) { return std::get<1>(entry.first) == from; });
        break;
      case 1:
        if (random.below(8) > 0) break;
        swarms.drop(swarm_id(swarm));
        std::erase_if(model, [&](const auto& entry) { return std::get<0>(entry.first) == swarm; });
        break;
      case 2:
      case 3:
      case 4:
      case 5:
        swarms.stop(swarm_id(swarm), connection(from), peer_id(id));
        model.erase(key);
        break;
      default: {
        const bool is_seeder = random.below(2) == 0;
        const auto stored =
            swarms.announce(swarm_id(swarm), sender(from), peer_id(id), is_seeder, false);
        ASSERT_TRUE(stored.peer);
        model[key] = is_seeder;
        ASSERT_TRUE(forget_replaced(swarms, key, model));
        std::array<PeerHandle, 8> chosen{};
        const std::size_t count = swarms.choose_others(*stored.peer, random, chosen);
        std::set<std::uint32_t> seen;
        for (const PeerHandle peer : std::span(chosen).first(count)) {
          ASSERT_TRUE(swarms.has(peer));
          ASSERT_TRUE(seen.insert(peer.index).second);
          ASSERT_NE(swarms.peer_id_of(peer), peer_id(id));
        }
      }
    }
    ASSERT_EQ(swarms.peer_count(), model.size());
    ASSERT_EQ(budget.peer_count(), model.size());
    if (step % 64 > 0) continue;
    swarms.check_invariants();
    std::uint32_t leechers = 0;
    std::uint32_t seeders = 0;
    for (const auto& [other, is_seeder] : model) {
      if (std::get<0>(other) != swarm) continue;
      ++(is_seeder ? seeders : leechers);
      ASSERT_TRUE(swarms.find(swarm_id(swarm), connection(std::get<1>(other)),
                              peer_id(std::get<2>(other))));
    }
    ASSERT_EQ(swarms.counts(swarm_id(swarm)).leecher_count, leechers);
    ASSERT_EQ(swarms.counts(swarm_id(swarm)).seeder_count, seeders);
  }
}

}  // namespace
}  // namespace gyre::ws
