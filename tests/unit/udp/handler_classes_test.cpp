// Classes of addresses: who sees whom, and who may name an address.
#include "handler_fixture.hpp"

namespace gyre::udp {
namespace {

using test::leecher_of;
using test::torrent;
using enum AddressClass;

template <class Address>
Address address(std::string_view ipv4, std::string_view ipv6) {
  if constexpr (family_of<Address> == Family::ipv4) {
    return *ipv4_address_from(ipv4);
  } else {
    return *ipv6_address_from(ipv6);
  }
}

template <class Address>
Address address_of(AddressClass address_class) {
  switch (address_class) {
    case unroutable:
      return address<Address>("224.0.0.7", "ff02::7");
    case loopback:
      return address<Address>("127.0.0.7", "::1");
    case private_:
      return address<Address>("10.0.0.7", "fd00::7");
    case public_:
      break;
  }
  return address<Address>("203.0.113.7", "2001:db8::7");
}

constexpr AddressClass classes[] = {unroutable, loopback, private_, public_};

template <class Address>
class UdpClasses : public testing::Test {};
using Families = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(UdpClasses, Families);

TYPED_TEST(UdpClasses, AllPairs) {
  for (const AddressClass peer : classes) {
    for (const AddressClass requester : classes) {
      SCOPED_TRACE(testing::Message() << int(requester) << " asks for " << int(peer));
      test::TrackerOf<TypeParam> tracker;
      tracker.announce(leecher_of(torrent(1)), address_of<TypeParam>(peer));
      const AddressClass sees_from = requester == unroutable ? public_ : requester;
      const std::uint32_t is_seen = peer >= sees_from ? 1 : 0;
      const std::uint32_t is_stored = requester == unroutable ? 0 : 1;
      EXPECT_EQ(tracker.count(Counter::announces_not_stored), peer == unroutable ? 1U : 0U);
      const auto rows = tracker.scrape({torrent(1), torrent(2)}, address_of<TypeParam>(requester));
      EXPECT_EQ(rows.at(0).leecher_count, is_seen);
      EXPECT_EQ(rows.at(1).leecher_count, 0U);
      auto request = leecher_of(torrent(1));
      request.port = 7000;
      const auto answer = tracker.announce(request, address_of<TypeParam>(requester));
      EXPECT_EQ(answer.head.leecher_count, is_seen + is_stored);
      ASSERT_EQ(answer.peers.size(), is_seen);
      if (is_seen == 0) continue;
      EXPECT_EQ(answer.peers[0], (PeerAddress<TypeParam>{address_of<TypeParam>(peer), 6881}));
    }
  }
}

TYPED_TEST(UdpClasses, TheExternalAddressIsForThoseOutside) {
  swarm::SwarmMapsOptions options;
  options.external_ipv4 = *ipv4_address_from("198.51.100.1");
  options.external_ipv6 = *ipv6_address_from("2001:db8:1::1");
  const auto external = address<TypeParam>("198.51.100.1", "2001:db8:1::1");
  test::TrackerOf<TypeParam> tracker({}, ClientRates(), options);
  tracker.announce(leecher_of(torrent(1)), address_of<TypeParam>(private_));
  auto request = leecher_of(torrent(1));
  request.port = 7000;
  const auto outside = tracker.announce(request, address_of<TypeParam>(public_));
  ASSERT_EQ(outside.peers.size(), 1U);
  EXPECT_EQ(outside.peers[0], (PeerAddress<TypeParam>{external, 6881}));
  EXPECT_EQ(outside.head.leecher_count, 2U);
  const auto inside = tracker.announce(request, address<TypeParam>("10.9.9.9", "fd00::99"));
  const PeerAddress<TypeParam> lan_peer{address_of<TypeParam>(private_), 6881};
  EXPECT_EQ(std::ranges::count(inside.peers, lan_peer), 1);
  EXPECT_EQ(inside.peers.size(), 2U);
}

// Who is at the address that an announce with that field is stored under, as the public sees it.
std::vector<PeerAddress<Ipv4Address>> stored(test::Tracker& tracker, std::uint32_t field,
                                             std::string_view source) {
  auto request = leecher_of(torrent(9));
  request.ip_address = field;
  tracker.announce(request, *ipv4_address_from(source));
  auto probe = leecher_of(torrent(9));
  probe.port = 0;
  return tracker.announce(probe, *ipv4_address_from("203.0.113.200")).peers;
}

TEST(UdpIpField, IsHonouredFromTrustedClients) {
  constexpr std::uint32_t named = 0xcb007105;  // 203.0.113.5
  const std::vector<PeerAddress<Ipv4Address>> at_named = {
      {*ipv4_address_from("203.0.113.5"), 6881}};
  const std::vector<PeerAddress<Ipv4Address>> at_source = {
      {*ipv4_address_from("198.51.100.3"), 6881}};
  struct Case {
    std::uint32_t field;
    const char* source;
    std::vector<PeerAddress<Ipv4Address>> expected;
  };
  for (const Case& row : std::vector<Case>{
           {named, "127.0.0.1", at_named},
           {named, "10.1.0.9", at_named},
           {named, "10.2.0.9", {}},
           {named, "198.51.100.3", at_source},
           {0, "127.0.0.1", {}},
           {0xe0000001, "127.0.0.1", {}},
           {0x0a000001, "127.0.0.1", {}},
       }) {
    SCOPED_TRACE(testing::Message() << row.source << " names " << row.field);
    test::Tracker tracker;
    const std::vector<std::string> networks = {"10.1.0.0/16"};
    tracker.handler.trust_ip_field(*net::NetworkList::parse(networks));
    EXPECT_EQ(stored(tracker, row.field, row.source), row.expected);
    EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, 1U);
  }
}

TEST(UdpIpField, IsIgnoredOverIpv6) {
  test::TrackerOf<Ipv6Address> tracker;
  auto request = leecher_of(torrent(1));
  request.ip_address = 0xcb007105;
  tracker.announce(request, *ipv6_address_from("::1"));
  EXPECT_EQ(tracker.swarms.of<Ipv6Address>(loopback).totals().peer_count, 1U);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, 0U);
}

}  // namespace
}  // namespace gyre::udp
