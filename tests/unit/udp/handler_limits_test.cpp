// Limits of responses: numwant, payload sizes, scrape rows, intervals.
#include <algorithm>
#include <set>

#include "handler_fixture.hpp"

namespace gyre::udp {
namespace {

using test::Bytes;
using test::host;
using test::leecher_of;
using test::torrent;

template <class Address>
void fill(test::TrackerOf<Address>& tracker, std::uint32_t peer_count) {
  for (std::uint32_t i = 0; i < peer_count; ++i) {
    auto request = leecher_of(torrent(1));
    request.peers_wanted = 0;
    tracker.announce(request, host<Address>(1000 + 256 * i));  // IPv4: each in a network of its own
  }
}

template <class Address>
std::size_t returned(test::TrackerOf<Address>& tracker, std::int32_t peers_wanted) {
  auto request = leecher_of(torrent(1));
  request.peers_wanted = peers_wanted;
  request.port = 0;  // is not stored
  return tracker.announce(request, host<Address>(1)).peers.size();
}

struct PeersWanted {
  std::int32_t wanted;
  std::uint32_t max_response_peers;
  std::size_t returned;  // of 300 peers
};

TEST(HandlerLimits, PeersWanted) {
  const PeersWanted rows[] = {
      {0, 100, 0},       {1, 100, 1},     {50, 100, 50},
      {100, 100, 100},   {101, 100, 100}, {std::numeric_limits<std::int32_t>::max(), 100, 100},
      {-1, 100, 100},    {-2, 100, 100},  {std::numeric_limits<std::int32_t>::min(), 100, 100},
      {-1, 30, 30},      {50, 30, 30},    {30, 30, 30},
      {-1, 0, 0},        {50, 0, 0},      {-1, 1000, 238},
      {1000, 1000, 238},
  };
  for (const PeersWanted& row : rows) {
    test::Tracker tracker({.max_response_peers = row.max_response_peers});
    fill(tracker, 300);
    EXPECT_EQ(returned(tracker, row.wanted), row.returned)
        << row.wanted << " of " << row.max_response_peers;
  }
}

TEST(HandlerLimits, AnnounceResponsesRespectThePayloadLimit) {
  for (const std::uint32_t payload : {20U, 25U, 26U, 31U, 32U, 508U, 1452U, 4096U}) {
    test::TrackerOf<Ipv4Address> ipv4(
        {.max_response_peers = response_peers_max, .max_payload_ipv4 = payload});
    fill(ipv4, 700);
    EXPECT_EQ(returned(ipv4, -1), (payload - 20) / 6) << payload;
    test::TrackerOf<Ipv6Address> ipv6(
        {.max_response_peers = response_peers_max, .max_payload_ipv6 = payload});
    fill(ipv6, 300);
    EXPECT_EQ(returned(ipv6, -1), (payload - 20) / 18) << payload;
  }
}

TEST(HandlerLimits, ScrapeRows) {
  const std::vector<InfoHash> many(80, torrent(1));
  test::Tracker by_default;
  EXPECT_EQ(by_default.scrape(many, host<Ipv4Address>(1)).size(), 74U);
  test::Tracker few({.max_scrape_torrents = 5});
  EXPECT_EQ(few.scrape(many, host<Ipv4Address>(1)).size(), 5U);
  EXPECT_EQ(few.scrape({torrent(1), torrent(2)}, host<Ipv4Address>(1)).size(), 2U);
  for (const std::uint32_t payload : {20U, 31U, 32U, 508U}) {
    test::Tracker small({.max_payload_ipv4 = payload});
    EXPECT_EQ(small.scrape(many, host<Ipv4Address>(1)).size(), (payload - 8) / 12) << payload;
  }
}

TEST(HandlerLimits, ScrapeOfNothingIsAnError) {
  test::Tracker tracker;
  Bytes request(scrape_request_head_size);
  write_scrape_request(request, {tracker.connect(host<Ipv4Address>(1)), 8, {}});
  for (std::size_t trailing = 0; trailing < 20; ++trailing) {
    request.resize(scrape_request_head_size + trailing);
    const Bytes bytes = tracker.handle(request, host<Ipv4Address>(1));
    const auto response = parse_response(bytes, Family::ipv4);
    ASSERT_TRUE(response && std::holds_alternative<ErrorResponse>(*response)) << trailing;
    EXPECT_EQ(std::get<ErrorResponse>(*response).message, "no info_hash in scrape");
  }
}

TEST(HandlerLimits, IntervalsCoverTheJitter) {
  test::Tracker tracker({.peer_announce_interval = 600, .peer_announce_jitter = 9});
  std::set<std::uint32_t> intervals;
  for (int i = 0; i < 500; ++i) {
    intervals.insert(tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(1)).head.interval);
  }
  EXPECT_EQ(*intervals.begin(), 600U);
  EXPECT_EQ(*intervals.rbegin(), 609U);
  EXPECT_EQ(intervals.size(), 10U);
}

TEST(HandlerLimits, WithoutJitterIntervalsAreConstant) {
  test::Tracker tracker({.peer_announce_interval = 600, .peer_announce_jitter = 0});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(1)).head.interval, 600U);
  }
}

TEST(HandlerLimits, ExpiredIdsAreDropped) {
  test::Tracker tracker;
  auto request = leecher_of(torrent(1));
  request.connection_id = tracker.connect(host<Ipv4Address>(1));
  tracker.at(100 + 120);
  EXPECT_FALSE(tracker.send(request, host<Ipv4Address>(1)).empty());
  tracker.at(100 + 120 + 31);
  EXPECT_TRUE(tracker.send(request, host<Ipv4Address>(1)).empty());
  EXPECT_EQ(tracker.count(Counter::drop_invalid_connection_id), 1U);
}

}  // namespace
}  // namespace gyre::udp
