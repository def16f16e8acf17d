// Classes of addresses: who sees whom, who may name an address, and which one clients are told.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/bencode.hpp"
#include "tests/unit/http/handler_fixture.hpp"

namespace gyre::http {
namespace {

using gyre::test::Bencoded;
using gyre::test::BencodeReader;
using test::Tracker;
using namespace std::string_literals;
using enum AddressClass;

constexpr std::string_view info_hash = "info_hash=aaaaaaaaaaaaaaaaaaaa";

Bencoded body_of(const test::Response& response) {
  const auto body = BencodeReader::read(response.body);
  EXPECT_TRUE(body) << response.body;
  return body.value_or(Bencoded{});
}

Bencoded announce(Tracker& tracker, std::string_view from, const std::string& parameters) {
  return body_of(tracker.get("/announce?" + std::string(info_hash) + parameters, from));
}

Bencoded scrape(Tracker& tracker, std::string_view from) {
  return body_of(
      tracker.get("/scrape?" + std::string(info_hash), from))["files"]["aaaaaaaaaaaaaaaaaaaa"];
}

// "address:port" of each, of both families.
std::set<std::string> peers_in(const Bencoded& body) {
  std::set<std::string> peers;
  const auto read = [&peers]<class Address>(std::string_view compact, Address address) {
    constexpr std::size_t size = compact_peer_size(family_of<Address>);
    for (; compact.size() >= size; compact.remove_prefix(size)) {
      std::memcpy(address.bytes.data(), compact.data(), sizeof address);
      const auto* const port = reinterpret_cast<const std::byte*>(compact.data() + sizeof address);
      peers.insert(to_string(address) + " " + std::to_string(load_be<std::uint16_t>(port)));
    }
  };
  read(body["peers"].string, Ipv4Address{});
  if (body.has("peers6")) read(body["peers6"].string, Ipv6Address{});
  return peers;
}

struct Client {
  AddressClass address_class;
  const char* ipv4;
  const char* ipv6;
};
const Client clients[] = {{unroutable, "0.0.0.9", "ff02::9"},
                          {loopback, "127.0.0.9", "::1"},
                          {private_, "192.168.0.9", "fe80::9"},
                          {public_, "203.0.113.9", "2001:db8::9"}};

bool sees(const Client& requester, const Client& peer) {
  const AddressClass from =
      requester.address_class == unroutable ? public_ : requester.address_class;
  return peer.address_class >= from;
}

TEST(HttpClasses, AllPairs) {
  for (const char* Client::* of_family : {&Client::ipv4, &Client::ipv6}) {
    for (const Client& peer : clients) {
      for (const Client& requester : clients) {
        SCOPED_TRACE(std::string(requester.*of_family) + " asks for " + peer.*of_family);
        Tracker tracker;
        announce(tracker, peer.*of_family, "&port=1&left=0");
        const Family family = family_in(test::client(peer.*of_family));
        EXPECT_EQ(tracker.count(Counter::announces_not_stored, family),
                  peer.address_class == unroutable ? 1U : 0U);
        const bool is_seen = sees(requester, peer);
        EXPECT_EQ(scrape(tracker, requester.*of_family)["complete"].integer, is_seen ? 1 : 0);
        const Bencoded answer = announce(tracker, requester.*of_family, "&port=2&left=5");
        EXPECT_EQ(answer["complete"].integer, is_seen ? 1 : 0);
        std::set<std::string> expected;
        if (is_seen) expected.insert(std::string(peer.*of_family) + " 1");
        EXPECT_EQ(peers_in(answer), expected);
      }
    }
  }
}

TEST(HttpClasses, PeersOfTheOtherFamilyAreThoseOfTheSameClasses) {
  for (const Client& peer : clients) {
    for (const Client& requester : clients) {
      SCOPED_TRACE(std::string(requester.ipv4) + " asks for " + peer.ipv6);
      Tracker tracker({.peers_of_both_families = PeersOfBothFamilies::always});
      announce(tracker, peer.ipv6, "&port=1&left=0");
      std::set<std::string> expected;
      if (sees(requester, peer)) expected.insert(std::string(peer.ipv6) + " 1");
      EXPECT_EQ(peers_in(announce(tracker, requester.ipv4, "&port=2&left=5")), expected);
    }
  }
}

TEST(HttpClasses, TheExternalAddressIsForThoseOutside) {
  swarm::SwarmMapsOptions options;
  options.external_ipv4 = *ipv4_address_from("198.51.100.1");
  Tracker tracker({}, options);
  EXPECT_EQ(announce(tracker, "127.0.0.1", "&port=1&left=0")["external ip"].string,
            "\xc6\x33\x64\x01");
  EXPECT_EQ(announce(tracker, "10.0.0.2", "&port=2&left=0")["external ip"].string,
            "\xc6\x33\x64\x01");
  const Bencoded outside = announce(tracker, "203.0.113.9", "&port=3&left=0");
  EXPECT_EQ(outside["external ip"].string, "\xcb\x00\x71\x09"s);
  EXPECT_EQ(outside["complete"].integer, 3);
  using Peers = std::set<std::string>;
  EXPECT_EQ(peers_in(announce(tracker, "203.0.113.8", "&port=0&left=1")),
            (Peers{"198.51.100.1 1", "198.51.100.1 2", "203.0.113.9 3"}));
  EXPECT_EQ(peers_in(announce(tracker, "10.0.0.8", "&port=0&left=1")),
            (Peers{"198.51.100.1 1", "10.0.0.2 2", "203.0.113.9 3"}));
  EXPECT_EQ(announce(tracker, "::1", "&port=4&left=0")["external ip"].string.size(), 16U);
}

struct NamedCase {
  const char* from;
  const char* parameters;
  const char* stored;  // as those see it who see all
};

const NamedCase named[] = {
    {"127.0.0.1", "&ip=203.0.113.5", "203.0.113.5 1"},
    {"127.0.0.1", "&ipv4=203.0.113.5", "203.0.113.5 1"},
    {"127.0.0.1", "&ip=10.0.0.5", "10.0.0.5 1"},
    {"127.0.0.1", "&ipv6=2001:db8::5", "2001:db8::5 1"},
    {"127.0.0.1", "&ipv6=2001:db8::5&ipv4=203.0.113.5", "203.0.113.5 1"},
    {"::1", "&ipv6=2001:db8::5&ipv4=203.0.113.5", "2001:db8::5 1"},
    {"::1", "&ip=203.0.113.5", "203.0.113.5 1"},
    {"10.1.0.7", "&ip=203.0.113.5", "203.0.113.5 1"},
    {"2001:db8:7::7", "&ip=203.0.113.5", "203.0.113.5 1"},
    {"127.0.0.1", "&ip=224.0.0.1", "127.0.0.1 1"},
    {"127.0.0.1", "&ip=None", "127.0.0.1 1"},
    {"10.2.0.7", "&ip=203.0.113.5", "10.2.0.7 1"},
    {"203.0.113.9", "&ip=203.0.113.5&ipv4=203.0.113.5", "203.0.113.9 1"},
};

TEST(HttpIpParameter, IsHonouredFromTrustedClients) {
  const std::vector<std::string> networks = {"10.1.0.0/16", "2001:db8:7::/48"};
  for (const NamedCase& row : named) {
    SCOPED_TRACE(std::string(row.from) + row.parameters);
    Tracker tracker({.peers_of_both_families = PeersOfBothFamilies::always,
                     .trusted_ip_parameter = *net::NetworkList::parse(networks)});
    announce(tracker, row.from, "&port=1&left=0" + std::string(row.parameters));
    EXPECT_EQ(peers_in(announce(tracker, "127.0.0.5", "&port=0&left=1")),
              (std::set<std::string>{row.stored}));
  }
}

// The response is the named peer's: its address, and peers that it sees.
TEST(HttpIpParameter, TheResponseIsForTheNamedPeer) {
  Tracker tracker;
  announce(tracker, "10.0.0.2", "&port=1&left=0");
  announce(tracker, "203.0.113.9", "&port=2&left=0");
  const Bencoded answer = announce(tracker, "127.0.0.1", "&port=3&left=5&ip=203.0.113.5");
  EXPECT_EQ(answer["external ip"].string, "\xcb\x00\x71\x05"s);
  EXPECT_EQ(peers_in(answer), (std::set<std::string>{"203.0.113.9 2"}));
  EXPECT_EQ(tracker.count(Counter::request_announce), 3U);
}

}  // namespace
}  // namespace gyre::http
