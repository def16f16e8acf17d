// Who sees whom: peers are kept apart by the class of their address.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/swarm/swarm_maps.hpp"
#include "torrents.hpp"

namespace gyre::swarm {
namespace {

using enum AddressClass;

// The n-th address of a class; all of a class are of different networks.
template <class Address>
Address address_of(AddressClass address_class, std::uint32_t number) {
  Address address{};
  std::byte* const bytes = address.bytes.data();
  if constexpr (family_of<Address> == Family::ipv4) {
    const std::uint32_t base = address_class == loopback   ? 0x7f000001
                               : address_class == private_ ? 0x0a000001
                                                           : 0x20000001;
    store_be(bytes, base + number * 256);
  } else if (address_class == loopback) {
    bytes[15] = std::byte{1};
  } else {
    store_be(bytes, address_class == private_ ? 0xfd000000 : 0x20010db8);
    store_be(bytes + 4, number << 16);
    bytes[15] = std::byte{1};
  }
  return address;
}

template <class Address>
struct Maps : SwarmMaps {
  using SwarmMaps::SwarmMaps;
  using Peer = PeerAddress<Address>;

  struct Answer {
    SwarmCounts counts;
    std::set<Peer> peers;
    std::uint32_t peer_count = 0;
  };

  Answer announce_as(AddressClass address_class, std::uint16_t port, Announce<Address> request = {},
                     std::uint32_t torrent = 1) {
    request.peer = {address_of<Address>(address_class, port), port};
    request.peer_class = address_class;
    std::vector<std::byte> out(request.peers_wanted * peer_size + 1, std::byte{0xee});
    const auto outcome =
        SwarmMaps::announce(key(test::torrent(torrent)), request, 1000, random,
                            std::span(out).first(request.peers_wanted * peer_size));
    EXPECT_EQ(out.back(), std::byte{0xee});
    EXPECT_LE(outcome.compact_peer_count, request.peers_wanted);
    Answer answer{.counts = outcome.counts, .peers = {}, .peer_count = outcome.compact_peer_count};
    for (std::uint32_t i = 0; i < outcome.compact_peer_count; ++i) {
      Peer peer;
      const std::byte* const compact = out.data() + i * peer_size;
      std::copy_n(compact, sizeof(Address), peer.address.bytes.data());
      peer.port = load_be<std::uint16_t>(compact + sizeof(Address));
      answer.peers.insert(peer);
    }
    return answer;
  }
  SwarmCounts scrape_as(AddressClass address_class) {
    return scrape(key(test::torrent(1)), address_of<Address>(address_class, 99), address_class);
  }

  static constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);
  Random random{3};
};

template <class Address>
class Visibility : public testing::Test {};
using Families = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(Visibility, Families);

constexpr AddressClass stored_classes[] = {loopback, private_, public_};

bool sees(AddressClass requester, AddressClass peer) {
  return requester == unroutable ? peer == public_ : peer >= requester;
}

TYPED_TEST(Visibility, AllPairsOfClasses) {
  for (const AddressClass requester : {unroutable, loopback, private_, public_}) {
    for (const AddressClass peer : stored_classes) {
      SCOPED_TRACE(testing::Message() << int(requester) << " asks for " << int(peer));
      Maps<TypeParam> maps{SipKey{1}};
      maps.announce_as(peer, 1, {.peer = {}, .kind = PeerKind::seeder});
      maps.announce_as(peer, 2);
      maps.announce_as(peer, 2, {.peer = {}, .kind = PeerKind::seeder, .completed = true});
      maps.announce_as(peer, 3);
      const bool is_seen = sees(requester, peer);
      const auto scraped = maps.scrape_as(requester);
      EXPECT_EQ(scraped.seeder_count, is_seen ? 2U : 0U);
      EXPECT_EQ(scraped.leecher_count, is_seen ? 1U : 0U);
      EXPECT_EQ(scraped.completed_count, is_seen ? 1U : 0U);
      const bool is_stored = requester != unroutable;
      const auto answer =
          maps.announce_as(requester, 4, {.peer = {}, .store = is_stored, .peers_wanted = 10});
      EXPECT_EQ(answer.peer_count, is_seen ? 3U : 0U);
      EXPECT_EQ(answer.peers.size(), answer.peer_count);
      for (const auto& told : answer.peers) {
        EXPECT_EQ(told.address, address_of<TypeParam>(peer, told.port));
      }
      EXPECT_EQ(answer.counts.seeder_count, is_seen ? 2U : 0U);
      EXPECT_EQ(answer.counts.leecher_count, (is_seen ? 1U : 0U) + (is_stored ? 1 : 0));
      const auto stopped = maps.announce_as(
          requester, 4, {.peer = {}, .stopped = true, .store = is_stored, .peers_wanted = 10});
      EXPECT_EQ(stopped.peer_count, 0U);
      EXPECT_EQ(stopped.counts.seeder_count, is_seen ? 2U : 0U);
      EXPECT_EQ(maps.totals(family_of<TypeParam>).peer_count, 3U) << "only its own peer left";
    }
  }
}

// The own class first, but up to a quarter of the others; nobody twice.
TYPED_TEST(Visibility, AFullAnswerHasAQuarterOfOthers) {
  Maps<TypeParam> maps{SipKey{1}};
  for (std::uint16_t port = 1; port <= 100; ++port) {
    maps.announce_as(private_, port);
    maps.announce_as(public_, port);
  }
  const auto count_public = [](const auto& answer) {
    return std::ranges::count_if(
        answer.peers, [](const auto& peer) { return address_class(peer.address) == public_; });
  };
  for (int i = 0; i < 20; ++i) {
    const auto answer =
        maps.announce_as(private_, 1000, {.peer = {}, .store = false, .peers_wanted = 40});
    EXPECT_EQ(answer.peer_count, 40U);
    EXPECT_EQ(answer.peers.size(), 40U);
    EXPECT_EQ(count_public(answer), 10);
  }
  const auto all =
      maps.announce_as(private_, 1000, {.peer = {}, .store = false, .peers_wanted = 500});
  EXPECT_EQ(all.peers.size(), 200U);
}

// Few others leave the rest of a full answer as it is.
TYPED_TEST(Visibility, FewOthersReplaceFew) {
  Maps<TypeParam> maps{SipKey{1}};
  for (std::uint16_t port = 1; port <= 100; ++port) maps.announce_as(private_, port);
  maps.announce_as(public_, 1);
  for (int i = 0; i < 20; ++i) {
    const auto answer =
        maps.announce_as(private_, 1000, {.peer = {}, .store = false, .peers_wanted = 40});
    EXPECT_EQ(answer.peers.size(), 40U);
    EXPECT_TRUE(answer.peers.contains({address_of<TypeParam>(public_, 1), 1}));
  }
}

TYPED_TEST(Visibility, SeedersGetDownloadersOfAllClasses) {
  Maps<TypeParam> maps{SipKey{1}};
  for (const AddressClass each : stored_classes) {
    maps.announce_as(each, 1, {.peer = {}, .kind = PeerKind::seeder});
    maps.announce_as(each, 2);
  }
  const auto answer =
      maps.announce_as(loopback, 9, {.peer = {}, .kind = PeerKind::seeder, .peers_wanted = 10});
  EXPECT_EQ(answer.peers.size(), 3U);
  for (const auto& peer : answer.peers) EXPECT_EQ(peer.port, 2U);
}

template <class Address>
SwarmMapsOptions with_external() {
  SwarmMapsOptions options;
  if constexpr (family_of<Address> == Family::ipv4) {
    options.external_ipv4 = address_of<Address>(public_, 77);
  } else {
    options.external_ipv6 = address_of<Address>(public_, 77);
  }
  return options;
}

TYPED_TEST(Visibility, TheExternalAddressIsForThoseOutside) {
  const TypeParam external = address_of<TypeParam>(public_, 77);
  for (const AddressClass requester : {unroutable, loopback, private_, public_}) {
    SCOPED_TRACE(int(requester));
    Maps<TypeParam> maps{SipKey{1}, with_external<TypeParam>()};
    std::set<PeerAddress<TypeParam>> expected;
    std::uint16_t port = 0;
    for (const AddressClass peer : stored_classes) {
      maps.announce_as(peer, ++port);
      const TypeParam own = address_of<TypeParam>(peer, port);
      expected.insert({sees(requester, peer) ? own : external, port});
    }
    const bool is_stored = requester != unroutable;
    const auto answer =
        maps.announce_as(requester, 9, {.peer = {}, .store = is_stored, .peers_wanted = 10});
    EXPECT_EQ(answer.peers, expected);
    EXPECT_EQ(answer.counts.leecher_count, 3U + (is_stored ? 1 : 0));
    EXPECT_EQ(maps.scrape_as(requester).leecher_count, answer.counts.leecher_count);
    EXPECT_EQ(maps.totals(family_of<TypeParam>).peer_count, answer.counts.leecher_count);
  }
}

TYPED_TEST(Visibility, TheReachableAddress) {
  const TypeParam external = address_of<TypeParam>(public_, 77);
  const Maps<TypeParam> with{SipKey{1}, with_external<TypeParam>()};
  const Maps<TypeParam> without{SipKey{1}};
  for (const AddressClass each : stored_classes) {
    const TypeParam own = address_of<TypeParam>(each, 5);
    EXPECT_EQ(with.reachable_address(own, each), each == public_ ? own : external);
    EXPECT_EQ(without.reachable_address(own, each), own);
  }
}

// A seeder in the LAN is proven by leechers outside that see it, and by nobody else.
TYPED_TEST(Visibility, OnlyThoseWhoSeeATorrentProveIt) {
  for (const bool has_external : {false, true}) {
    SwarmMapsOptions options;
    if (has_external) options = with_external<TypeParam>();
    options.budget.torrents = 100;
    Maps<TypeParam> maps{SipKey{1}, options};
    maps.announce_as(private_, 1, {.peer = {}, .kind = PeerKind::seeder});
    maps.announce_as(public_, 2, {.peer = {}, .peers_wanted = 5});
    maps.announce_as(public_, 3, {.peer = {}, .peers_wanted = 5});
    // Lone seeders of the same network fill the tracker.
    for (std::uint32_t torrent = 2; torrent < 4'000; ++torrent) {
      maps.announce_as(private_, 1, {.peer = {}, .kind = PeerKind::seeder}, torrent);
    }
    EXPECT_EQ(maps.template of<TypeParam>(public_).totals().peer_count, 2U);
    const bool is_there =
        maps.template of<TypeParam>(private_).scrape(test::torrent(1)).seeder_count == 1;
    EXPECT_EQ(is_there, has_external);
  }
}

TYPED_TEST(Visibility, EvictionTakesTorrentsOfEveryClass) {
  for (const AddressClass flood : stored_classes) {
    SCOPED_TRACE(int(flood));
    Maps<TypeParam> maps{SipKey{1}, {.budget = {.torrents = 1'000}}};
    const AddressClass honest = flood == public_ ? private_ : public_;
    for (std::uint16_t i = 1; i <= 200; ++i) maps.announce_as(honest, i, {}, i);
    for (std::uint32_t i = 0; i < 5'000; ++i) maps.announce_as(flood, 1, {}, 10'000 + i);
    EXPECT_EQ(maps.template of<TypeParam>(honest).totals().torrent_count, 200U);
    EXPECT_LE(maps.budget.torrent_count(), 1'000U);
    EXPECT_GE(maps.evicted_torrent_count(), 4'000U);
  }
}

// What shards hold: a map that nobody uses takes no memory, and has nothing to list or clean.
TYPED_TEST(Visibility, UnusedMapsAreEmpty) {
  Maps<TypeParam> maps{SipKey{1}};
  maps.announce_as(public_, 1, {.peer = {}, .store = false, .peers_wanted = 5});
  maps.announce_as(public_, 1, {.peer = {}, .stopped = true});
  maps.scrape_as(loopback);
  std::size_t map_count = 0;
  maps.visit_maps([&](auto& map) {
    ++map_count;
    EXPECT_EQ(map.shard_count(), 0U);
    CleaningPosition position;
    EXPECT_FALSE(map.clean_slice(position, 1000, 10, {}));
    EXPECT_TRUE(map.is_empty_for(maps.key(test::torrent(1))));
  });
  EXPECT_EQ(map_count, 6U);
  maps.announce_as(private_, 1);
  std::map<std::size_t, int> shard_counts;
  maps.visit_maps([&](const auto& map) { ++shard_counts[map.shard_count()]; });
  EXPECT_EQ(shard_counts, (std::map<std::size_t, int>{{0, 5}, {256, 1}}));
}

}  // namespace
}  // namespace gyre::swarm
