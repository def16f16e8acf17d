// Peers and announces for the benchmark of the swarms, made by arithmetic from a peer's number, so
// that a hundred million of them take no memory.
//
// Torrents are as popular as in aquatic's load test: torrent i of N has a weight of
// N / P + exp(6.5 - 500 i / N), and each of P peers has a torrent of its own. That is an even part
// and a geometric one, from which a torrent is drawn without any table.
#pragma once

#include <cmath>
#include <cstdint>

#include "common/base/bytes.hpp"
#include "common/base/random.hpp"
#include "common/swarm/swarm.hpp"

namespace gyre::bench {

enum class Spread : std::uint8_t { popularity, even };

struct LoadSize {
  std::uint32_t torrent_count = 0;
  std::uint32_t peer_count = 0;
  Spread spread = Spread::popularity;
};

template <class Address>
struct Request {
  InfoHash info_hash;
  swarm::Announce<Address> announce;
};

inline InfoHash info_hash_of(std::uint32_t torrent) {
  Random random(torrent * 0x1'0000'0001);
  InfoHash info_hash;
  for (std::size_t at = 0; at < info_hash.bytes.size(); at += 4) {
    store_be(info_hash.bytes.data() + at, static_cast<std::uint32_t>(random.next()));
  }
  return info_hash;
}

// A multiplication by an odd number: no two peers have the same address.
template <class Address>
PeerAddress<Address> address_of(std::uint32_t peer) {
  PeerAddress<Address> result{{}, static_cast<std::uint16_t>(1 + peer % 65'535)};
  std::byte* const bytes = result.address.bytes.data();
  if constexpr (family_of<Address> == Family::ipv4) {
    store_be(bytes, peer * 2'654'435'761U);
  } else {
    const std::uint64_t own = (peer + std::uint64_t{1}) * 0x9e37'79b9'7f4a'7c15;
    store_be(bytes, own >> 3 | std::uint64_t{1} << 61);  // 2000::/3
    store_be(bytes + 8, own);
  }
  return result;
}

template <class Address>
class Load {
 public:
  explicit Load(const LoadSize& size)
      : size_(size),
        decline_(-500.0 / size.torrent_count),
        geometric_range_(1 - std::exp(-500.0)),
        geometric_weight_(std::exp(6.5) * geometric_range_ / -std::expm1(decline_)),
        even_weight_(static_cast<double>(size.torrent_count) * size.torrent_count /
                     size.peer_count) {}

  const LoadSize& size() const { return size_; }

  std::uint32_t torrent_of(std::uint32_t peer) const {
    if (size_.spread == Spread::even) return peer % size_.torrent_count;
    Random random(peer * std::uint64_t{0x2545'f491'4f6c'dd1d});
    const double at = unit(random) * (even_weight_ + geometric_weight_);
    const auto torrent =
        at < even_weight_
            ? at / even_weight_ * size_.torrent_count
            : std::log1p(-(at - even_weight_) / geometric_weight_ * geometric_range_) / decline_;
    return std::min(static_cast<std::uint32_t>(torrent), size_.torrent_count - 1);
  }

  // Three quarters of the peers are seeders, at least where `salt` is the same.
  Request<Address> request_of(std::uint32_t peer, std::uint32_t peers_wanted,
                              std::uint64_t salt = 0) const {
    Random random(peer + salt * 0x9e37'79b9'7f4a'7c15);
    return {.info_hash = info_hash_of(torrent_of(peer)),
            .announce = {
                .peer = address_of<Address>(peer),
                .kind = random.below(4) < 3 ? swarm::PeerKind::seeder : swarm::PeerKind::leecher,
                .peers_wanted = peers_wanted}};
  }

 private:
  static double unit(Random& random) { return static_cast<double>(random.next() >> 11) * 0x1p-53; }

  LoadSize size_;
  double decline_;           // of the logarithm of the weight, from one torrent to the next
  double geometric_range_;   // what the geometric part is short of, being finite
  double geometric_weight_;  // of all torrents
  double even_weight_;
};

}  // namespace gyre::bench
