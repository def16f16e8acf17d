// The torrents and peers of aquatic's load test, for the benchmarks of the swarms: torrent i of N
// has a weight of N / P + exp(6.5 - 500 i / N), and each of P = 2 N peers has a torrent of its own.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/random.hpp"
#include "common/base/types.hpp"

namespace gyre::bench {

inline std::vector<std::uint32_t> torrents_of_peers(std::uint32_t torrent_count, Random& random) {
  std::vector<double> sums(torrent_count);
  double sum = 0;
  for (std::uint32_t i = 0; i < torrent_count; ++i) {
    sum += 0.5 + std::exp(6.5 - 500.0 * i / torrent_count);
    sums[i] = sum;
  }
  std::vector<std::uint32_t> torrents(2 * std::size_t{torrent_count});
  for (std::uint32_t& torrent : torrents) {
    const double at = sum * static_cast<double>(random.next() >> 11) * 0x1p-53;
    torrent = static_cast<std::uint32_t>(std::ranges::upper_bound(sums, at) - sums.begin());
  }
  return torrents;
}

inline std::vector<InfoHash> make_info_hashes(std::uint32_t count, Random& random) {
  std::vector<InfoHash> info_hashes(count);
  for (InfoHash& info_hash : info_hashes) {
    for (std::byte& byte : info_hash.bytes) byte = static_cast<std::byte>(random.next());
  }
  return info_hashes;
}

// In networks of their own, as far as there are so many. A multiplication by an odd number: no two
// peers have the same address.
template <class Address>
PeerAddress<Address> peer_of(std::uint32_t number) {
  PeerAddress<Address> peer{{}, 6881};
  store_be(peer.address.bytes.data(), (number + 1) * 2'654'435'761U);
  return peer;
}

}  // namespace gyre::bench
