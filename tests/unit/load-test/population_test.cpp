#include "load-test/population.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace gyre::load_test {
namespace {

constexpr PopulationOptions options{.torrent_count = 10'000, .peer_count = 200'000, .seed = 1};

std::vector<double> weights_of(const PopulationOptions& of) {
  std::vector<double> weights;
  for (std::uint32_t i = 0; i < of.torrent_count; ++i) weights.push_back(torrent_weight(of, i));
  return weights;
}

TEST(Population, WeightsAreThoseOfAquatic) {
  // N / P + exp(6.5 - 500 i / N) for a million torrents and two million peers.
  constexpr PopulationOptions large{.torrent_count = 1'000'000, .peer_count = 2'000'000, .seed = 1};
  EXPECT_NEAR(torrent_weight(large, 0), 0.5 + 665.1416, 0.001);
  EXPECT_NEAR(torrent_weight(large, 1'000), 0.5 + 403.4288, 0.001);
  EXPECT_NEAR(torrent_weight(large, 999'999), 0.5, 0.001);
}

TEST(Population, TorrentsHaveTheirShareOfThePeers) {
  const auto weights = weights_of(options);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> peers(options.torrent_count);
  for (const Peer& peer : make_peers(options)) peers[peer.torrent] += 1;

  // The most popular ones by themselves, the rest in groups large enough for statistics.
  for (std::size_t begin = 0, size = 1; begin + size <= peers.size();
       begin += size, size += size / 2 + 1) {
    const auto over = [&](const std::vector<double>& values) {
      return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(begin),
                             values.begin() + static_cast<std::ptrdiff_t>(begin + size), 0.0);
    };
    const double expected = over(weights) / sum * options.peer_count;
    EXPECT_NEAR(over(peers), expected, 5 * std::sqrt(expected)) << begin;
  }
}

// Shares by the distribution's function: of the first torrent all up to 1 + 100 / 9999, of the last
// one all from 101.
TEST(Population, TorrentsByGamma) {
  constexpr std::uint32_t torrent_count = 10'000;
  constexpr std::uint32_t peer_count = 100'000;
  std::vector<std::uint32_t> peers(torrent_count);
  for (const Peer& peer : make_peers({.torrent_count = torrent_count,
                                      .peer_count = peer_count,
                                      .seed = 1,
                                      .gamma_shape = 0.2,
                                      .gamma_scale = 100})) {
    ASSERT_LT(peer.torrent, torrent_count);
    ++peers[peer.torrent];
  }
  EXPECT_NEAR(peers.front(), 0.4337 * peer_count, 0.01 * peer_count);
  EXPECT_NEAR(peers.back(), 0.0516 * peer_count, 0.01 * peer_count);
}

TEST(Population, FollowsFromTheSeed) {
  const auto torrents_and_ports = [](std::uint32_t seed) {
    std::vector<std::pair<std::uint32_t, std::uint16_t>> all;
    for (const Peer& peer : make_peers({.torrent_count = 100, .peer_count = 200, .seed = seed})) {
      EXPECT_LT(peer.torrent, 100U);
      EXPECT_NE(peer.port, 0);
      all.emplace_back(peer.torrent, peer.port);
    }
    return all;
  };
  EXPECT_EQ(torrents_and_ports(7), torrents_and_ports(7));
  EXPECT_NE(torrents_and_ports(7), torrents_and_ports(8));
}

TEST(Population, OneTorrentHasAllPeers) {
  for (const Peer& peer : make_peers({.torrent_count = 1, .peer_count = 100, .seed = 1})) {
    EXPECT_EQ(peer.torrent, 0U);
  }
}

TEST(Population, InfoHashesFollowFromSeedAndNumberAndAreDistinct) {
  std::set<InfoHash> seen;
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    for (std::uint32_t torrent = 0; torrent < 1000; ++torrent) {
      EXPECT_EQ(info_hash_of(seed, torrent), info_hash_of(seed, torrent));
      seen.insert(info_hash_of(seed, torrent));
    }
  }
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(Population, WorkersShareThePeers) {
  const auto peers = make_peers({.torrent_count = 10, .peer_count = 103, .seed = 1});
  for (const std::size_t count : {1U, 2U, 10U, 103U}) {
    const Peer* next = peers.data();
    for (std::size_t index = 0; index < count; ++index) {
      const auto share = share_of(peers, index, count);
      EXPECT_EQ(share.data(), next);
      EXPECT_GE(share.size(), 103 / count);
      EXPECT_LE(share.size(), 103 / count + 1);
      next += share.size();
    }
    EXPECT_EQ(next, peers.data() + peers.size());
  }
}

TEST(Population, WorkersDrawDifferently) {
  std::set<std::uint64_t> first_draws;
  for (std::uint32_t worker = 0; worker < 250; ++worker) {
    first_draws.insert(worker_random(1, worker).next());
    EXPECT_EQ(worker_random(1, worker).next(), worker_random(1, worker).next());
  }
  EXPECT_EQ(first_draws.size(), 250U);
}

}  // namespace
}  // namespace gyre::load_test
