// Which torrents and clients are served.
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

std::shared_ptr<const limits::DenyLists> deny_lists(std::string_view networks,
                                                    std::string_view peer_ids) {
  limits::DenyLists lists;
  lists.networks = net::NetworkList::parse_lines(networks).value();
  lists.peer_ids = limits::PrefixList::parse_peer_ids(peer_ids).value();
  return std::make_shared<const limits::DenyLists>(std::move(lists));
}

TEST(HandlerDenyLists, DeniedNetworksGetNoAnswerToAnything) {
  test::Tracker tracker;
  auto request = leecher_of(torrent(1));
  request.connection_id = tracker.connect(client);
  tracker.handler.set_deny_lists(deny_lists(to_string(client), ""));
  EXPECT_TRUE(tracker.send(request, client).empty());
  Bytes connect(connect_request_size);
  write_connect_request(connect, {77});
  EXPECT_TRUE(tracker.handle(connect, client).empty());
  EXPECT_EQ(tracker.count(Counter::drop_denied_network), 2U);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, 0U);
  EXPECT_FALSE(tracker.handle(connect, host<Ipv4Address>(2)).empty());
}

TEST(HandlerDenyLists, DeniedPeerIdsAreRefusedAfterAValidId) {
  test::Tracker tracker;
  tracker.handler.set_deny_lists(deny_lists("", "0x0000"));
  EXPECT_EQ(refusal(tracker, torrent(1)), limits::denied_client_text);
  EXPECT_EQ(tracker.count(Counter::failure_denied_peer_id), 1U);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).torrent_count, 0U);
  EXPECT_TRUE(tracker.send(leecher_of(torrent(1)), client).empty()) << "the id is not valid";
  EXPECT_EQ(tracker.count(Counter::drop_invalid_connection_id), 1U);
}

TEST(Handler, TellsTheIntervalThatIsSet) {
  test::Tracker tracker({.peer_announce_interval = 1800, .peer_announce_jitter = 0});
  tracker.handler.set_announce_interval(2000);
  EXPECT_EQ(tracker.announce(leecher_of(torrent(1)), client).head.interval, 2000U);
}

}  // namespace
}  // namespace gyre::udp
