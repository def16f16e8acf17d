// Random datagrams: unverified clients never get more than they send, and every datagram is
// counted.
#include "handler_fixture.hpp"
#include "tests/support/scale.hpp"

namespace gyre::udp {
namespace {

using test::Bytes;
using test::host;
using test::leecher_of;
using test::torrent;

struct Drop {
  const char* name;
  Bytes datagram;
  Counter reason;
};

Bytes with_id(Bytes datagram, ConnectionId id) {
  store_be(datagram.data(), id);
  return datagram;
}

TEST(HandlerDrops, AreSilentAndCounted) {
  Bytes announce(announce_request_size);
  write_announce_request(announce, leecher_of(torrent(1)));
  Bytes scrape(scrape_request_head_size + 20);
  write_scrape_request(scrape, {0, 1, std::span(announce).subspan(16, 20)});
  Bytes connect(connect_request_size);
  write_connect_request(connect, {1});
  Bytes unknown = connect;
  unknown[11] = std::byte{9};
  test::Tracker tracker;
  const ConnectionId of_another = tracker.connect(host<Ipv4Address>(2));
  const Drop rows[] = {
      {"empty", {}, Counter::drop_too_short},
      {"15 bytes", Bytes(15), Counter::drop_too_short},
      {"announce of 91 bytes", Bytes(announce.begin(), announce.begin() + 91),
       Counter::drop_too_short},
      {"wrong protocol id", Bytes(16), Counter::drop_wrong_protocol_id},
      {"unknown action", unknown, Counter::drop_unknown_action},
      {"announce with id 0", announce, Counter::drop_invalid_connection_id},
      {"announce with a wrong id", with_id(announce, 1), Counter::drop_invalid_connection_id},
      {"announce with another's id", with_id(announce, of_another),
       Counter::drop_invalid_connection_id},
      {"scrape with a wrong id", with_id(scrape, 1), Counter::drop_invalid_connection_id},
      {"empty scrape with a wrong id", Bytes(scrape.begin(), scrape.begin() + 16),
       Counter::drop_invalid_connection_id},
  };
  for (const Drop& row : rows) {
    SCOPED_TRACE(row.name);
    const auto before = tracker.count(row.reason);
    EXPECT_TRUE(tracker.handle(row.datagram, host<Ipv4Address>(1)).empty());
    EXPECT_EQ(tracker.count(row.reason), before + 1);
  }
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).torrent_count, 0U);
}

TEST(HandlerDrops, SourcePortZero) {
  test::Tracker tracker;
  tracker.source_port = 0;
  Bytes connect(connect_request_size);
  write_connect_request(connect, {1});
  EXPECT_TRUE(tracker.handle(connect, host<Ipv4Address>(1)).empty());
  EXPECT_EQ(tracker.count(Counter::drop_source_port_zero), 1U);
}

TEST(HandlerDrops, WithoutReplySlot) {
  test::Tracker tracker;
  Bytes connect(connect_request_size);
  write_connect_request(connect, {1});
  tracker.handler.drop_without_reply_slot(connect, Family::ipv4);
  EXPECT_EQ(tracker.count(Counter::drop_no_reply_slot), 1U);
  EXPECT_EQ(tracker.count(Counter::rx_datagrams), 1U);
  EXPECT_EQ(tracker.count(Counter::rx_bytes), connect_request_size);
  EXPECT_EQ(tracker.count(Counter::request_connect), 0U);
}

// Any datagram: noise, or a request of any size with some bytes changed.
Bytes random_datagram(Random& random, ConnectionId id) {
  Bytes bytes = gyre::test::random_bytes(random.below(200), random);
  if (bytes.size() >= 16 && random.below(8) != 0) {
    store_be(bytes.data(), random.below(2) == 0 ? protocol_id : id);
    store_be(bytes.data() + 8, random.below(4));
  }
  if (bytes.size() >= 98 && random.below(2) == 0) {
    std::ranges::fill(std::span(bytes).subspan(16, 20), static_cast<std::byte>(random.below(4)));
    store_be(bytes.data() + 80, random.below(6));
  }
  return bytes;
}

TEST(HandlerRandom, UnverifiedClientsGetNoMoreThanTheySent) {
  Random random(1);
  test::Tracker tracker;
  for (std::uint32_t i = 0; i < 200; ++i) {
    tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(1000 + 256 * i));
  }
  for (std::size_t i = 0; i < gyre::test::scaled(200'000); ++i) {
    const Bytes datagram = random_datagram(random, random.next());
    const Bytes response = tracker.handle(datagram, host<Ipv4Address>(1));
    ASSERT_LE(response.size(), datagram.size());
    ASSERT_TRUE(response.empty() || response.size() == connect_response_size);
  }
  EXPECT_EQ(tracker.count(Counter::peers_sent), 200U * 199 / 2 - 100U * 99 / 2);
}

template <class Address>
void check_counters() {
  Random random(2);
  test::TrackerOf<Address> tracker({.max_response_peers = 20});
  tracker.use(AccessMode::deny, {torrent(2)});
  const Address client = host<Address>(1);
  const ConnectionId id = tracker.connect(client);
  std::uint64_t datagram_count = 1;
  std::uint64_t received_size = connect_request_size;
  std::uint64_t response_count = 1;
  std::uint64_t sent_size = connect_response_size;
  for (std::size_t i = 0; i < gyre::test::scaled(200'000); ++i) {
    const Bytes datagram = random_datagram(random, id);
    const Bytes response = tracker.handle(datagram, client);
    ++datagram_count;
    received_size += datagram.size();
    response_count += response.empty() ? 0 : 1;
    sent_size += response.size();
    ASSERT_TRUE(response.empty() || parse_response(response, family_of<Address>));
  }
  using enum Counter;
  const auto sum = [&](std::initializer_list<Counter> counters) {
    std::uint64_t total = 0;
    for (const Counter counter : counters) total += tracker.count(counter);
    return total;
  };
  EXPECT_EQ(sum({response_connect, response_announce, response_scrape, response_error}),
            response_count);
  EXPECT_EQ(response_count + sum({drop_too_short, drop_wrong_protocol_id, drop_unknown_action,
                                  drop_invalid_connection_id}),
            datagram_count);
  EXPECT_EQ(tracker.count(request_connect), tracker.count(response_connect));
  EXPECT_EQ(sum({request_announce, request_scrape}),
            sum({response_announce, response_scrape, response_error, drop_invalid_connection_id}));
  EXPECT_EQ(tracker.count(rx_datagrams), datagram_count);
  EXPECT_EQ(tracker.count(rx_bytes), received_size);
  EXPECT_EQ(tracker.count(tx_bytes), sent_size);
  for (const Counter counter : {response_connect, response_announce, response_scrape,
                                response_error, drop_too_short, drop_invalid_connection_id}) {
    EXPECT_GT(tracker.count(counter), 0U) << static_cast<std::size_t>(counter);
  }
}

TEST(HandlerRandom, CountersAddUpIpv4) {
  check_counters<Ipv4Address>();
}

TEST(HandlerRandom, CountersAddUpIpv6) {
  check_counters<Ipv6Address>();
}

}  // namespace
}  // namespace gyre::udp
