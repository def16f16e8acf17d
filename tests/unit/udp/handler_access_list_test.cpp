// Which torrents are served by announces and scrapes.
#include "handler_fixture.hpp"

namespace gyre::udp {
namespace {

using test::Bytes;
using test::host;
using test::leecher_of;
using test::torrent;

const Ipv4Address client = host<Ipv4Address>(1);

// The error of an announce of the torrent; empty if it gets peers.
std::string refusal(test::Tracker& tracker, const InfoHash& info_hash) {
  auto request = leecher_of(info_hash);
  request.connection_id = tracker.connect(client);
  request.transaction_id = 4711;
  const Bytes response = tracker.send(request, client);
  EXPECT_LE(response.size(), announce_request_size);
  const auto parsed = parse_response(response, Family::ipv4);
  if (!parsed || !std::holds_alternative<ErrorResponse>(*parsed)) return "";
  EXPECT_EQ(std::get<ErrorResponse>(*parsed).transaction_id, 4711U);
  return std::string(std::get<ErrorResponse>(*parsed).message);
}

TEST(HandlerAccessList, OffServesAll) {
  test::Tracker tracker;
  tracker.use(AccessMode::off, {torrent(1)});
  EXPECT_EQ(refusal(tracker, torrent(1)), "");
  EXPECT_EQ(refusal(tracker, torrent(2)), "");
}

TEST(HandlerAccessList, AllowServesListedTorrents) {
  test::Tracker tracker;
  tracker.use(AccessMode::allow, {torrent(1)});
  EXPECT_EQ(refusal(tracker, torrent(1)), "");
  EXPECT_EQ(refusal(tracker, torrent(2)), "info_hash not allowed");
  EXPECT_EQ(tracker.count(Counter::response_error), 1U);
}

TEST(HandlerAccessList, DenyServesUnlistedTorrents) {
  test::Tracker tracker;
  tracker.use(AccessMode::deny, {torrent(1)});
  EXPECT_EQ(refusal(tracker, torrent(1)), "info_hash not allowed");
  EXPECT_EQ(refusal(tracker, torrent(2)), "");
}

TEST(HandlerAccessList, RefusedAnnouncesAreNotStored) {
  test::Tracker tracker;
  tracker.use(AccessMode::allow, {});
  EXPECT_NE(refusal(tracker, torrent(1)), "");
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).torrent_count, 0U);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, 0U);
}

TEST(HandlerAccessList, ScrapesOfRefusedTorrentsAreZero) {
  test::Tracker tracker;
  tracker.announce(leecher_of(torrent(1)), client);
  tracker.announce(leecher_of(torrent(2)), client);
  tracker.use(AccessMode::deny, {torrent(1)});
  const auto rows = tracker.scrape({torrent(1), torrent(2)}, client);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].leecher_count, 0U);
  EXPECT_EQ(rows[1].leecher_count, 1U);
}

TEST(HandlerAccessList, TheLastListApplies) {
  test::Tracker tracker;
  tracker.use(AccessMode::allow, {});
  EXPECT_NE(refusal(tracker, torrent(1)), "");
  tracker.use(AccessMode::allow, {torrent(1)});
  EXPECT_EQ(refusal(tracker, torrent(1)), "");
}

TEST(HandlerAccessList, UnverifiedClientsGetNoResponse) {
  test::Tracker tracker;
  tracker.use(AccessMode::allow, {});
  EXPECT_TRUE(tracker.send(leecher_of(torrent(1)), client).empty());
}

}  // namespace
}  // namespace gyre::udp
