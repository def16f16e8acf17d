#include "load-test/udp/request_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace gyre::load_test::udp {
namespace {

constexpr std::uint32_t seed = 5;

const std::vector<load_test::Peer>& peers() {
  static const auto made =
      load_test::make_peers({.torrent_count = 10, .peer_count = 30, .seed = 5});
  return made;
}

struct Source {
  explicit Source(const RequestsConfig& config, std::uint32_t worker = 0)
      : source(config, peers(), seed, worker) {}

  gyre::udp::AnnounceRequest announce() {
    const std::size_t size = source.write_announce(bytes, 77, 88);
    return std::get<gyre::udp::AnnounceRequest>(
        *gyre::udp::parse_request(std::span(bytes).first(size)));
  }
  gyre::udp::ScrapeRequest scrape(std::uint16_t count) {
    const std::size_t size = source.write_scrape(bytes, 77, 88, count);
    return std::get<gyre::udp::ScrapeRequest>(
        *gyre::udp::parse_request(std::span(bytes).first(size)));
  }

  RequestSource source;
  std::array<std::byte, 2048> bytes{};
};

TEST(RequestSource, PeersAnnounceInTurnWithTheirTorrentAndPort) {
  Source source({});
  for (std::size_t i = 0; i < 2 * peers().size(); ++i) {
    const load_test::Peer& peer = peers()[i % peers().size()];
    const gyre::udp::AnnounceRequest request = source.announce();
    EXPECT_EQ(request.connection_id, 77U);
    EXPECT_EQ(request.transaction_id, 88U);
    EXPECT_EQ(request.info_hash, load_test::info_hash_of(seed, peer.torrent));
    EXPECT_EQ(request.port, peer.port);
    EXPECT_EQ(request.peers_wanted, 30);
  }
}

TEST(RequestSource, ScrapesAskAboutTorrentsOfPeers) {
  std::set<InfoHash> known;
  for (const auto& peer : peers()) known.insert(load_test::info_hash_of(seed, peer.torrent));
  Source source({});
  for (const std::uint16_t count : std::to_array<std::uint16_t>({1, 10, 74})) {
    const gyre::udp::ScrapeRequest request = source.scrape(count);
    ASSERT_EQ(request.count(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(known.contains(request.info_hash(i)));
  }
}

TEST(RequestSource, KindsAreDrawnByTheirWeights) {
  Source source({.weight_connect = 20, .weight_announce = 70, .weight_scrape = 10});
  std::array<double, kind_count> counts{};
  constexpr int draws = 100'000;
  for (int i = 0; i < draws; ++i) ++counts[static_cast<std::size_t>(source.source.draw_kind())];
  EXPECT_NEAR(counts[0] / draws, 0.2, 0.01);
  EXPECT_NEAR(counts[1] / draws, 0.7, 0.01);
  EXPECT_NEAR(counts[2] / draws, 0.1, 0.01);
}

TEST(RequestSource, AKindWithoutWeightIsNeverDrawn) {
  Source source({.weight_connect = 0, .weight_announce = 0, .weight_scrape = 1});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(source.source.draw_kind(), Kind::scrape);
}

TEST(RequestSource, ScrapeSizesAreFromOneToTheMaximum) {
  Source source({.scrape_max_torrents = 3});
  std::set<std::uint16_t> sizes;
  for (int i = 0; i < 1000; ++i) sizes.insert(source.source.draw_scrape_count());
  EXPECT_EQ(sizes, (std::set<std::uint16_t>{1, 2, 3}));
}

TEST(RequestSource, SeedersAndStoppedPeersByTheirProbability) {
  struct Case {
    double seeder;
    double stopped;
  };
  for (const auto& [seeder, stopped] :
       {Case{0.75, 0}, Case{0, 0}, Case{1, 0}, Case{0.5, 0.2}, Case{0.3, 1}}) {
    Source source({.peer_seeder_probability = seeder, .stopped_probability = stopped});
    int seeders = 0;
    int stops = 0;
    constexpr int draws = 20'000;
    for (int i = 0; i < draws; ++i) {
      const gyre::udp::AnnounceRequest request = source.announce();
      const bool stops_now = request.event == AnnounceEvent::stopped;
      seeders += request.bytes_left == 0 ? 1 : 0;
      stops += stops_now ? 1 : 0;
      const auto event =
          request.bytes_left == 0 ? AnnounceEvent::completed : AnnounceEvent::started;
      EXPECT_EQ(request.event, stops_now ? AnnounceEvent::stopped : event);
    }
    EXPECT_NEAR(seeders, seeder * draws, seeder * (1 - seeder) * 1200);
    EXPECT_NEAR(stops, stopped * draws, stopped * (1 - stopped) * 1200);
  }
}

TEST(RequestSource, TheSameSeedMakesTheSameRequests) {
  const auto sequence = [](std::uint32_t worker) {
    Source source({.stopped_probability = 0.1}, worker);
    std::vector<std::byte> all;
    for (int i = 0; i < 1000; ++i) {
      std::size_t size = 0;
      switch (source.source.draw_kind()) {
        case Kind::connect:
          size = source.source.write_connect(source.bytes, 1);
          break;
        case Kind::announce:
          size = source.source.write_announce(source.bytes, 1, 2);
          break;
        case Kind::scrape:
          size = source.source.write_scrape(source.bytes, 1, 2, source.source.draw_scrape_count());
          break;
      }
      all.insert(all.end(), source.bytes.begin(),
                 source.bytes.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return all;
  };
  EXPECT_EQ(sequence(0), sequence(0));
  EXPECT_NE(sequence(0), sequence(1));
}

}  // namespace
}  // namespace gyre::load_test::udp
