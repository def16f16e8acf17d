// Who asks for more than its share.
#include "tests/unit/udp/handler_fixture.hpp"

namespace gyre::udp {
namespace {

using test::leecher_of;
using test::torrent;

ClientRates limited() {
  return ClientRates({.per_second = 1});  // 400 at once
}

template <class Address>
Address address(const char* text) {
  if constexpr (family_of<Address> == Family::ipv4) {
    return ipv4_address_from(text).value();
  } else {
    return ipv6_address_from(text).value();
  }
}

// How many of the announces, with a valid id unless one is given, are answered.
template <class Address>
int announce(test::TrackerOf<Address>& tracker, const char* from, int count,
             std::optional<ConnectionId> id = std::nullopt) {
  const Address source = address<Address>(from);
  AnnounceRequest request = leecher_of(torrent(1));
  request.connection_id = id ? *id : tracker.connect(source);
  int answered = 0;
  for (int i = 0; i < count; ++i) answered += tracker.send(request, source).empty() ? 0 : 1;
  return answered;
}

template <class Address>
int connect(test::TrackerOf<Address>& tracker, const char* from, int count) {
  int answered = 0;
  for (int i = 0; i < count; ++i) {
    test::Bytes request(connect_request_size);
    write_connect_request(request, {77});
    answered += tracker.handle(request, address<Address>(from)).empty() ? 0 : 1;
  }
  return answered;
}

TEST(HandlerRates, AnAddressIsServedItsRateAndItsBurst) {
  test::Tracker tracker({}, limited());
  EXPECT_EQ(announce(tracker, "203.0.113.1", 500), 400);
  EXPECT_EQ(tracker.count(Counter::drop_over_rate), 100U);
  EXPECT_EQ(tracker.count(Counter::response_announce), 400U);
  tracker.at(110);
  EXPECT_EQ(announce(tracker, "203.0.113.1", 500), 10);
  EXPECT_EQ(announce(tracker, "203.0.113.2", 500), 400) << "its neighbour";
}

TEST(HandlerRates, Ipv6ClientsAreTheirNetwork) {
  test::TrackerOf<Ipv6Address> tracker({}, limited());
  EXPECT_EQ(announce(tracker, "2001:db8::1", 300), 300);
  EXPECT_EQ(announce(tracker, "2001:db8::2", 300), 100);
  EXPECT_EQ(announce(tracker, "2001:db8:0:1::2", 300), 300);
  EXPECT_EQ(tracker.count(Counter::drop_over_rate), 200U);
}

TEST(HandlerRates, WhoIsNotPublicIsNotLimited) {
  test::Tracker tracker({}, limited());
  EXPECT_EQ(announce(tracker, "127.0.0.1", 1000), 1000);
  EXPECT_EQ(announce(tracker, "192.168.1.1", 1000), 1000);
  EXPECT_EQ(announce(tracker, "100.64.0.1", 1000), 1000);
}

// Its source may be forged.
TEST(HandlerRates, ARequestWithoutAValidIdIsChargedToNobody) {
  test::Tracker tracker({}, limited());
  EXPECT_EQ(announce(tracker, "203.0.113.1", 1000, 12345), 0);
  EXPECT_EQ(tracker.count(Counter::drop_invalid_connection_id), 1000U);
  EXPECT_EQ(connect(tracker, "203.0.113.1", 1000), 1000);
  EXPECT_EQ(announce(tracker, "203.0.113.1", 500), 400);
}

TEST(HandlerRates, ScrapesAreRequestsToo) {
  test::Tracker tracker({}, limited());
  const auto source = address<Ipv4Address>("203.0.113.1");
  for (int i = 0; i < 300; ++i) EXPECT_EQ(tracker.scrape({torrent(1)}, source).size(), 1U);
  EXPECT_EQ(announce(tracker, "203.0.113.1", 200), 100);
  test::Bytes request(scrape_request_head_size + sizeof(InfoHash));
  write_scrape_request(request, {tracker.connect(source), 1, torrent(1).bytes});
  EXPECT_TRUE(tracker.handle(request, source).empty());
}

TEST(HandlerRates, ByDefaultThereIsNoLimit) {
  test::Tracker tracker;
  EXPECT_EQ(announce(tracker, "203.0.113.1", 100'000), 100'000);
}

TEST(HandlerOverload, HeavySourcesAreShedBeforeOthers) {
  test::Tracker tracker;
  const auto seedbox = address<Ipv4Address>("198.51.100.1");
  const ConnectionId id = tracker.connect(seedbox);
  tracker.handler.set_overload(8);  // 6 per second for an address, 10 times that at once
  EXPECT_EQ(announce(tracker, "203.0.113.1", 1000), 60);
  EXPECT_EQ(announce(tracker, "203.0.113.2", 1000), 60);
  EXPECT_EQ(announce(tracker, "203.0.113.3", 1000), 0) << "its network has had its share";
  EXPECT_EQ(tracker.count(Counter::drop_overload), 3000U - 120);
  EXPECT_EQ(announce(tracker, "198.51.100.1", 50, id), 50) << "one with a small share";
  EXPECT_EQ(announce(tracker, "127.0.0.1", 1000), 1000);
  tracker.handler.set_overload(0);
  EXPECT_EQ(announce(tracker, "203.0.113.1", 1000), 1000);
}

TEST(HandlerOverload, ForgedConnectsTakeNothingFromRequests) {
  test::Tracker tracker;
  const ConnectionId id = tracker.connect(address<Ipv4Address>("203.0.113.1"));
  tracker.handler.set_overload(8);
  EXPECT_EQ(connect(tracker, "203.0.113.1", 1000), 60 + 78);
  EXPECT_EQ(tracker.count(Counter::drop_overload), 1000U - 60 - 78);
  tracker.handler.set_overload(8);
  const int by_chance = connect(tracker, "203.0.113.1", 1000);
  EXPECT_GT(by_chance, 40) << "beyond its share, nobody is cut off";
  EXPECT_LE(by_chance, 78);
  EXPECT_EQ(announce(tracker, "203.0.113.1", 50, id), 50);
}

TEST(HandlerOverload, ConnectsFromEverywhereAreBoundedPerInterval) {
  test::Tracker tracker;
  std::uint32_t number = 0;
  const auto connect_all = [&] {
    int answered = 0;
    for (int i = 0; i < 1000; ++i) {
      Ipv4Address source;
      store_be(source.bytes.data(), 0x2000'0000 + 256 * ++number);
      test::Bytes request(connect_request_size);
      write_connect_request(request, {77});
      answered += tracker.handle(request, source).empty() ? 0 : 1;
    }
    return answered;
  };
  EXPECT_EQ(connect_all(), 1000);
  tracker.handler.set_overload(8);
  EXPECT_EQ(connect_all(), 156);
  EXPECT_EQ(connect(tracker, "127.0.0.1", 1000), 1000);
  tracker.handler.set_overload(8);
  const int in_second = connect_all();
  EXPECT_GT(in_second, 78 + 40);
  EXPECT_LE(in_second, 156);
  tracker.handler.set_overload(0);
  EXPECT_EQ(connect_all(), 1000);
}

}  // namespace
}  // namespace gyre::udp
