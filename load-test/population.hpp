// Who announces what in a load test: its peers, each with a torrent, for which the workers send in
// turn. Everything follows from the seed.
//
// The popularity of torrents is that of aquatic's load testers, so that results can be set beside
// published ones. For UDP: of N torrents and P peers, torrent i has a weight of N / P + exp(6.5 -
// 500 i / N). For HTTP: a draw x from a gamma distribution stands for torrent (x - 1) / 100 (N - 1)
// rounded down, or the first or last one where that is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/random.hpp"
#include "common/base/types.hpp"

namespace gyre::load_test {

struct PopulationOptions {
  std::uint32_t torrent_count = 0;  // at least 1, below 2^31
  std::uint32_t peer_count = 0;
  std::uint32_t seed = 0;
  double gamma_shape = 0;  // 0: by the weights of UDP
  double gamma_scale = 0;
};

struct Peer {
  std::uint32_t torrent = 0;  // 0 is the most popular one
  std::uint16_t port = 0;     // never 0
};
static_assert(sizeof(Peer) == 8, "millions of them are kept");

double torrent_weight(const PopulationOptions& options, std::uint32_t torrent);

// Each peer has one torrent, drawn by popularity, for the whole run.
std::vector<Peer> make_peers(const PopulationOptions& options);

// The part of the peers that worker `index` of `count` announces. Parts differ by one at most.
std::span<const Peer> share_of(std::span<const Peer> peers, std::size_t index, std::size_t count);

// Computed when needed: that is quicker than a look-up in 20 bytes times a million torrents.
InfoHash info_hash_of(std::uint32_t seed, std::uint32_t torrent);

// The source of a worker's draws; no two workers have the same.
Random worker_random(std::uint32_t seed, std::uint32_t worker_index);

}  // namespace gyre::load_test
