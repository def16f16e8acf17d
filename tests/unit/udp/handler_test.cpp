// What responses contain: ids, events, kinds of peers, counts.
#include "udp/handler.hpp"

#include "handler_fixture.hpp"

namespace gyre::udp {
namespace {

using test::Bytes;
using test::host;
using test::leecher_of;
using test::seeder_of;
using test::torrent;

template <class Address>
class HandlerOf : public testing::Test {};
using Families = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(HandlerOf, Families);

TYPED_TEST(HandlerOf, ReturnsOtherPeers) {
  test::TrackerOf<TypeParam> tracker;
  const auto first = tracker.announce(leecher_of(torrent(1)), host<TypeParam>(1));
  EXPECT_TRUE(first.peers.empty());
  EXPECT_EQ(first.head.leecher_count, 1U);
  EXPECT_EQ(first.head.seeder_count, 0U);
  const auto second = tracker.announce(seeder_of(torrent(1)), host<TypeParam>(2));
  ASSERT_EQ(second.peers.size(), 1U);
  EXPECT_EQ(second.peers[0], (PeerAddress<TypeParam>{host<TypeParam>(1), 6881}));
  EXPECT_EQ(second.head.leecher_count, 1U);
  EXPECT_EQ(second.head.seeder_count, 1U);
  const auto other_torrent = tracker.announce(leecher_of(torrent(2)), host<TypeParam>(3));
  EXPECT_TRUE(other_torrent.peers.empty());
}

TYPED_TEST(HandlerOf, SeedersGetDownloaders) {
  test::TrackerOf<TypeParam> tracker;
  tracker.announce(seeder_of(torrent(1)), host<TypeParam>(1));
  auto partial = leecher_of(torrent(1));
  partial.event = AnnounceEvent::paused;
  tracker.announce(partial, host<TypeParam>(2));
  EXPECT_TRUE(tracker.announce(seeder_of(torrent(1)), host<TypeParam>(3)).peers.empty());
  EXPECT_TRUE(tracker.announce(partial, host<TypeParam>(4)).peers.empty());
  const auto leecher = tracker.announce(leecher_of(torrent(1)), host<TypeParam>(5));
  EXPECT_EQ(leecher.peers.size(), 4U);
  EXPECT_EQ(leecher.head.seeder_count, 2U);
  EXPECT_EQ(leecher.head.leecher_count, 3U) << "a partial seed counts as a leecher";
  EXPECT_EQ(tracker.announce(seeder_of(torrent(1)), host<TypeParam>(1)).peers.size(), 1U);
}

TYPED_TEST(HandlerOf, ScrapesInTheOrderOfTheRequest) {
  test::TrackerOf<TypeParam> tracker;
  tracker.announce(seeder_of(torrent(1)), host<TypeParam>(1));
  tracker.announce(leecher_of(torrent(2)), host<TypeParam>(1));
  tracker.announce(leecher_of(torrent(2)), host<TypeParam>(2));
  auto finished = seeder_of(torrent(2));
  finished.event = AnnounceEvent::completed;
  tracker.announce(finished, host<TypeParam>(2));
  const auto rows = tracker.scrape({torrent(2), torrent(9), torrent(1)}, host<TypeParam>(7));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].seeder_count, 1U);
  EXPECT_EQ(rows[0].completed_count, 1U);
  EXPECT_EQ(rows[0].leecher_count, 1U);
  EXPECT_EQ(rows[1].seeder_count + rows[1].completed_count + rows[1].leecher_count, 0U);
  EXPECT_EQ(rows[2].seeder_count, 1U);
}

TEST(Handler, FamiliesDoNotMix) {
  test::TrackerOf<Ipv4Address> tracker;
  tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(1));
  std::array<std::byte, response_size_max> out{};
  const PeerAddress<Ipv6Address> source{host<Ipv6Address>(1), 1};
  Bytes connect(connect_request_size);
  write_connect_request(connect, {1});
  std::size_t size =
      tracker.handler.handle(std::span<const std::byte>(connect),
                             tracker.handler.prepare(connect, source.address), source, out);
  const auto connected = parse_response(std::span(out).first(size), Family::ipv6);
  auto request = leecher_of(torrent(1));
  request.connection_id = std::get<ConnectResponse>(*connected).connection_id;
  Bytes announce(announce_request_size);
  write_announce_request(announce, request);
  size = tracker.handler.handle(std::span<const std::byte>(announce),
                                tracker.handler.prepare(announce, source.address), source, out);
  const auto announced = parse_response(std::span(out).first(size), Family::ipv6);
  ASSERT_TRUE(announced);
  EXPECT_EQ(std::get<AnnounceResponse>(*announced).leecher_count, 1U);
  EXPECT_TRUE(std::get<AnnounceResponse>(*announced).peers.empty());
}

TEST(Handler, PeersAreSourceAddressAndAnnouncedPort) {
  test::Tracker tracker;
  auto request = leecher_of(torrent(1));
  request.ip_address = 0x01020304;
  tracker.announce(request, host<Ipv4Address>(1));
  const auto response = tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(2));
  ASSERT_EQ(response.peers.size(), 1U);
  EXPECT_EQ(response.peers[0], (PeerAddress<Ipv4Address>{host<Ipv4Address>(1), 6881}));
}

TEST(Handler, IdsAreValidFromEveryPortOfTheAddress) {
  test::Tracker tracker;
  auto request = leecher_of(torrent(1));
  request.connection_id = tracker.connect(host<Ipv4Address>(1));
  tracker.source_port = 50000;
  EXPECT_FALSE(tracker.send(request, host<Ipv4Address>(1)).empty());
}

TEST(Handler, StoppedRemovesThePeerAndReturnsOnlyCounts) {
  test::Tracker tracker;
  tracker.announce(seeder_of(torrent(1)), host<Ipv4Address>(1));
  tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(2));
  auto stop = leecher_of(torrent(1));
  stop.event = AnnounceEvent::stopped;
  const auto stopped = tracker.announce(stop, host<Ipv4Address>(2));
  EXPECT_TRUE(stopped.peers.empty());
  EXPECT_EQ(stopped.head.seeder_count, 1U);
  EXPECT_EQ(stopped.head.leecher_count, 0U);
  EXPECT_EQ(tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(3)).peers.size(), 1U);
}

TEST(Handler, WithoutPortIsAnsweredButNotStored) {
  test::Tracker tracker;
  tracker.announce(seeder_of(torrent(1)), host<Ipv4Address>(1));
  auto without_port = leecher_of(torrent(1));
  without_port.port = 0;
  const auto answered = tracker.announce(without_port, host<Ipv4Address>(2));
  EXPECT_EQ(answered.peers.size(), 1U);
  EXPECT_EQ(answered.head.leecher_count, 0U);
  EXPECT_EQ(tracker.count(Counter::announces_not_stored), 1U);
  EXPECT_TRUE(tracker.announce(seeder_of(torrent(1)), host<Ipv4Address>(1)).peers.empty());
}

TEST(Handler, ShortAnnouncesUseDefaults) {
  test::Tracker tracker;
  tracker.announce(seeder_of(torrent(1)), host<Ipv4Address>(1));
  auto request = leecher_of(torrent(1));
  request.connection_id = tracker.connect(host<Ipv4Address>(2));
  Bytes bytes(announce_request_size);
  write_announce_request(bytes, request);
  for (std::size_t size = announce_request_size_min; size < announce_request_size; ++size) {
    const Bytes response = tracker.handle(std::span(bytes).first(size), host<Ipv4Address>(2));
    EXPECT_EQ(response.size(), announce_response_head_size + 6) << size;
  }
  EXPECT_EQ(tracker.count(Counter::announces_not_stored), 6U);
}

TEST(Handler, CompletedCountsOnceAfterLeeching) {
  test::Tracker tracker;
  auto completed = seeder_of(torrent(1));
  completed.event = AnnounceEvent::completed;
  tracker.announce(completed, host<Ipv4Address>(1));
  EXPECT_EQ(tracker.scrape({torrent(1)}, host<Ipv4Address>(9))[0].completed_count, 0U)
      << "never seen as a leecher";
  for (int i = 0; i < 3; ++i) {
    tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(2));
    tracker.announce(completed, host<Ipv4Address>(2));
  }
  EXPECT_EQ(tracker.scrape({torrent(1)}, host<Ipv4Address>(9))[0].completed_count, 1U);
}

TEST(Handler, UrlDataIsCounted) {
  test::Tracker tracker;
  auto request = leecher_of(torrent(1));
  tracker.announce(request, host<Ipv4Address>(1));
  EXPECT_EQ(tracker.count(Counter::announces_with_url_data), 0U);
  const Bytes options = gyre::test::from_hex("0209 2f616e6e6f756e6365");
  request.options = options;
  tracker.announce(request, host<Ipv4Address>(1));
  EXPECT_EQ(tracker.count(Counter::announces_with_url_data), 1U);
}

TEST(Handler, EchoesALonePeerIfConfigured) {
  test::Tracker tracker({.echo_lone_peer = true});
  const PeerAddress<Ipv4Address> self{host<Ipv4Address>(1), 6881};
  EXPECT_EQ(tracker.announce(leecher_of(torrent(1)), self.address).peers, std::vector{self});
  EXPECT_EQ(tracker.announce(seeder_of(torrent(1)), self.address).peers, std::vector{self});
  auto none_wanted = leecher_of(torrent(1));
  none_wanted.peers_wanted = 0;
  EXPECT_TRUE(tracker.announce(none_wanted, self.address).peers.empty());
  const auto second = tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(2));
  EXPECT_EQ(second.peers, std::vector{self}) << "not alone any more";
  auto without_port = leecher_of(torrent(2));
  without_port.port = 0;
  EXPECT_TRUE(tracker.announce(without_port, self.address).peers.empty());
}

TEST(Handler, DoesNotEchoAPeerThatStops) {
  test::Tracker tracker({.echo_lone_peer = true});
  tracker.announce(seeder_of(torrent(1)), host<Ipv4Address>(1));
  tracker.announce(leecher_of(torrent(1)), host<Ipv4Address>(2));
  auto stop = leecher_of(torrent(1));
  stop.event = AnnounceEvent::stopped;
  EXPECT_TRUE(tracker.announce(stop, host<Ipv4Address>(2)).peers.empty());
}

}  // namespace
}  // namespace gyre::udp
