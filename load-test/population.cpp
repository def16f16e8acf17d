#include "load-test/population.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "common/base/check.hpp"

namespace gyre::load_test {
namespace {

// Streams of random numbers under one seed: one for each torrent, then the others.
constexpr std::uint32_t peers_stream = std::uint32_t{1} << 31;
constexpr std::uint32_t first_worker_stream = peers_stream + 1;

Random stream(std::uint32_t seed, std::uint32_t number) {
  return Random(std::uint64_t{seed} << 32 | number);
}

std::vector<double> cumulated_weights(const PopulationOptions& options) {
  std::vector<double> sums(options.torrent_count);
  double sum = 0;
  for (std::uint32_t torrent = 0; torrent < options.torrent_count; ++torrent) {
    sum += torrent_weight(options, torrent);
    sums[torrent] = sum;
  }
  return sums;
}

// `draw` draws a torrent.
template <class Draw>
std::vector<Peer> draw_peers(const PopulationOptions& options, Draw draw) {
  Random random = stream(options.seed, peers_stream);
  std::vector<Peer> peers(options.peer_count);
  for (Peer& peer : peers) {
    peer.torrent = draw(random);
    DCHECK(peer.torrent < options.torrent_count);
    peer.port = static_cast<std::uint16_t>(1 + random.below(65535));
  }
  return peers;
}

}  // namespace

double torrent_weight(const PopulationOptions& options, std::uint32_t torrent) {
  const double torrent_count = options.torrent_count;
  return torrent_count / options.peer_count + std::exp(6.5 - 500.0 * torrent / torrent_count);
}

std::vector<Peer> make_peers(const PopulationOptions& options) {
  const std::uint32_t last = options.torrent_count - 1;
  if (options.gamma_shape > 0) {
    std::gamma_distribution<double> gamma(options.gamma_shape, options.gamma_scale);
    return draw_peers(options, [gamma, last](Random& random) mutable {
      const double share = (gamma(random) - 1) / 100;
      return static_cast<std::uint32_t>(std::clamp(share, 0.0, 1.0) * last);
    });
  }
  return draw_peers(options, [sums = cumulated_weights(options), last](Random& random) {
    const double at = sums.back() * static_cast<double>(random.next() >> 11) * 0x1p-53;
    const auto found = std::ranges::upper_bound(sums, at) - sums.begin();
    return std::min(static_cast<std::uint32_t>(found), last);
  });
}

std::span<const Peer> share_of(std::span<const Peer> peers, std::size_t index, std::size_t count) {
  const std::size_t begin = peers.size() * index / count;
  const std::size_t end = peers.size() * (index + 1) / count;
  return peers.subspan(begin, end - begin);
}

InfoHash info_hash_of(std::uint32_t seed, std::uint32_t torrent) {
  Random random = stream(seed, torrent);
  const std::array<std::uint64_t, 3> words = {random.next(), random.next(), random.next()};
  InfoHash info_hash;
  std::memcpy(info_hash.bytes.data(), words.data(), info_hash.bytes.size());
  return info_hash;
}

Random worker_random(std::uint32_t seed, std::uint32_t worker_index) {
  return stream(seed, first_worker_stream + worker_index);
}

}  // namespace gyre::load_test
