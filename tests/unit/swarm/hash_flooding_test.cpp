// Keys chosen by somebody who does not know the secret are as good as random ones: no search is
// longer for them. Searches are counted by what the tables ask about.
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "common/base/open_table.hpp"
#include "common/swarm/list_peers.hpp"
#include "common/swarm/swarm_map.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/statistics.hpp"

namespace gyre::swarm {
namespace {

struct Searches {
  double mean = 0;
  std::uint32_t longest = 0;

  void add(std::uint32_t visits, std::size_t search_count) {
    mean += 1.0 * visits / static_cast<double>(search_count);
    longest = std::max(longest, visits);
  }
};

// Not worse than what random keys give under several secrets, and a little for chance.
void expect_near(const Searches& attacked, const std::vector<Searches>& random) {
  double mean = 0;
  std::uint32_t longest = 0;
  for (const Searches& searches : random) {
    mean = std::max(mean, searches.mean);
    longest = std::max(longest, searches.longest);
  }
  EXPECT_LT(attacked.mean, mean * 1.2);
  EXPECT_LT(attacked.longest, longest * 2);
}

// Info_hashes, in a table like those of SwarmMap.

struct Entry {
  static constexpr TableShape table_shape{
      .slots_min = 8, .fill_max = 75, .fill_min = 45, .growth = 25};
  InfoHash info_hash;
  std::uint32_t taken = 0;
  bool is_free() const { return taken == 0; }
};

constexpr std::uint32_t torrent_count = 20'000;

using InfoHashes = std::vector<InfoHash>;
using MakeInfoHash = std::function<InfoHash(std::uint32_t)>;

InfoHashes info_hashes(const MakeInfoHash& make) {
  InfoHashes made(torrent_count);
  for (std::uint32_t i = 0; i < torrent_count; ++i) made[i] = make(i);
  return made;
}

InfoHashes random_info_hashes(std::uint64_t seed) {
  Random random(seed);
  return info_hashes([&random](std::uint32_t) { return test::random_value<InfoHash>(random); });
}

// With their number at `offset`, and all else equal.
InfoHashes counted_info_hashes(std::size_t offset, std::byte filling) {
  return info_hashes([=](std::uint32_t number) {
    InfoHash info_hash;
    info_hash.bytes.fill(filling);
    store_be(info_hash.bytes.data() + offset, number);
    return info_hash;
  });
}

// Without a secret these would have neighbouring homes and lie in one shard.
InfoHashes colliding_info_hashes() {
  InfoHashes made;
  for (std::uint32_t number = 0; made.size() < torrent_count; ++number) {
    InfoHash info_hash;
    store_be(info_hash.bytes.data(), number);
    const std::uint64_t hash = keyed_hash({}, std::span<const std::byte, 20>(info_hash.bytes));
    if (hash >> 58 == 0) made.push_back(info_hash);
  }
  return made;
}

Searches searches_of(const InfoHashes& keys, const SipKey& secret) {
  Budget budget;
  const SwarmMap<Ipv4Address> map(secret, {}, budget);
  const auto hash_of = [&map](const InfoHash& info_hash) {
    return static_cast<std::uint32_t>(map.key(info_hash).hash >> 32);
  };
  OpenTable<Entry> table;
  for (const InfoHash& key : keys) {
    table.insert(hash_of(key), {key, 1},
                 [&](const Entry& entry) { return hash_of(entry.info_hash); });
  }
  Searches searches;
  for (const InfoHash& key : keys) {
    std::uint32_t visits = 0;
    table.find(hash_of(key), [&](const Entry& entry) { return ++visits, entry.info_hash == key; });
    searches.add(visits, keys.size());
  }
  return searches;
}

// The largest share of the torrents in one of 256 shards.
double shard_deviation(const InfoHashes& keys, const SipKey& secret) {
  Budget budget;
  const SwarmMap<Ipv4Address> map(secret, {}, budget);
  std::vector<std::uint32_t> torrents(256);
  for (const InfoHash& key : keys) ++torrents[map.key(key).hash % torrents.size()];
  return test::uniformity(torrents, torrent_count, 1.0 / 256).largest_deviation;
}

TEST(HashFlooding, ChosenInfoHashesAreAsGoodAsRandomOnes) {
  std::vector<Searches> random;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    random.push_back(searches_of(random_info_hashes(seed), {seed, 9}));
  }
  const InfoHashes colliding = colliding_info_hashes();
  struct Attack {
    const char* name;
    InfoHashes keys;
  };
  const Attack attacks[] = {
      {"in sequence", counted_info_hashes(16, std::byte{0})},
      {"the same prefix", counted_info_hashes(16, std::byte{0xff})},
      {"the same end", counted_info_hashes(0, std::byte{0xab})},
      {"only the middle differs", counted_info_hashes(8, std::byte{1})},
      {"colliding without a secret", colliding},
  };
  for (const Attack& attack : attacks) {
    SCOPED_TRACE(attack.name);
    expect_near(searches_of(attack.keys, {0x1234567, 0x89abcdef}), random);
    EXPECT_LT(shard_deviation(attack.keys, {0x1234567, 0x89abcdef}), 5);
  }
  const InfoHashes some(colliding.begin(), colliding.begin() + 2'000);
  EXPECT_GT(searches_of(some, {}).mean, 100 * random[0].mean) << "so it would be seen";
}

// Peers, in a list so large that its index has no tags: each cell on the way is asked about.

constexpr std::uint32_t peer_count = 40'000;

template <class Address>
using Peers = std::vector<PeerSlot<Address>>;

template <class Address>
PeerSlot<Address> slot_of(const Address& address, std::uint32_t port) {
  return PeerSlot<Address>::of({address, static_cast<std::uint16_t>(port)}, {});
}

template <class Address>
Peers<Address> random_peers(std::uint64_t seed) {
  Random random(seed);
  Peers<Address> peers;
  for (std::uint32_t i = 0; i < peer_count; ++i) {
    peers.push_back(slot_of(test::random_value<Address>(random), 1 + random.below(65'535)));
  }
  return peers;
}

template <class Address>
Peers<Address> ports_of_one_address() {
  Peers<Address> peers;
  for (std::uint32_t i = 0; i < peer_count; ++i) peers.push_back(slot_of(Address{}, 1 + i));
  return peers;
}

// With their number at `offset`, and all else equal.
template <class Address>
Peers<Address> counted_addresses(std::size_t offset, std::byte filling) {
  Peers<Address> peers;
  for (std::uint32_t i = 0; i < peer_count; ++i) {
    Address address;
    address.bytes.fill(filling);
    store_be(address.bytes.data() + offset, i);
    peers.push_back(slot_of(address, 6881));
  }
  return peers;
}

template <class Address>
Peers<Address> colliding_peers() {
  Peers<Address> peers;
  for (std::uint32_t i = 0; peers.size() < peer_count; ++i) {
    Address address;
    store_be(address.bytes.data(), i);
    const auto peer = slot_of(address, 6881);
    if (static_cast<std::uint32_t>(peer_hash(peer, SwarmContext{})) >> 26 == 0) {
      peers.push_back(peer);
    }
  }
  return peers;
}

template <class Address>
Searches searches_of(const Peers<Address>& peers, const SwarmContext& context) {
  ListPeers<Address> list;
  const auto hash = [&context](const PeerSlot<Address>& peer) { return peer_hash(peer, context); };
  for (const auto& peer : peers) list.insert(peer, hash(peer), context);
  Searches searches;
  for (const auto& peer : peers) {
    std::uint32_t visits = 0;  // of the whole run, as in a search for a peer that is not in
    list.visit_neighbours(hash(peer), [&visits](std::uint32_t) { ++visits; });
    searches.add(visits, peers.size());
  }
  return searches;
}

template <class Address>
void expect_peers_as_good_as_random() {
  std::vector<Searches> random;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    random.push_back(searches_of(random_peers<Address>(seed), {.secret = {seed, 9}}));
  }
  constexpr std::size_t end = sizeof(Address) - 4;
  struct Attack {
    const char* name;
    Peers<Address> peers;
  };
  const Attack attacks[] = {
      {"all ports of one address", ports_of_one_address<Address>()},
      {"addresses in sequence", counted_addresses<Address>(end, std::byte{0})},
      {"the same prefix", counted_addresses<Address>(end, std::byte{0xfe})},
      {"the same end", counted_addresses<Address>(0, std::byte{1})},
      {"colliding without a secret", colliding_peers<Address>()},
  };
  for (const Attack& attack : attacks) {
    SCOPED_TRACE(attack.name);
    expect_near(searches_of(attack.peers, {.secret = {0x1234567, 0x89abcdef}}), random);
  }
}

TEST(HashFlooding, ChosenIpv4PeersAreAsGoodAsRandomOnes) {
  expect_peers_as_good_as_random<Ipv4Address>();
}

TEST(HashFlooding, ChosenIpv6PeersAreAsGoodAsRandomOnes) {
  expect_peers_as_good_as_random<Ipv6Address>();
}

// As many as its limit lets in, from each of many addresses.
TEST(HashFlooding, PeersThatShareTheirHashAreFew) {
  constexpr std::uint16_t limit = 3;
  const SwarmContext context{.secret = {0x1234567, 0x89abcdef},
                             .limits = {.peers_per_address = limit}};
  Peers<Ipv6Address> peers;
  for (const auto& peer : counted_addresses<Ipv6Address>(4, std::byte{0x20})) {
    for (std::uint16_t port = 1; port <= limit && peers.size() < peer_count; ++port) {
      peers.push_back(slot_of(peer.address, port));
    }
  }
  const Searches searches = searches_of(peers, context);
  const Searches random = searches_of(random_peers<Ipv6Address>(1), context);
  EXPECT_LT(searches.mean, random.mean * limit);
  EXPECT_LT(searches.longest, random.longest * limit * 2);
}

}  // namespace
}  // namespace gyre::swarm
