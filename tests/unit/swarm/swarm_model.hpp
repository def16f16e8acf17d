// What a swarm should be: peers by their number in a plain array, without an order, an index or a
// clock that turns. The random tests compare swarms with
// it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "common/swarm/swarm.hpp"

namespace gyre::swarm::test {

// Peers are numbered; two neighbours are one subscriber's, so nobody has more than a share. They
// differ in the port, so that both the address and the port count, and in IPv6 also in the half of
// the address that is their own. Subscribers are in networks of their own, up to 65,536 of them.
inline constexpr std::uint32_t peers_per_subscriber = 2;

// A number that has all of an IPv4 address, or what makes the network of an IPv6 address.
template <class Address>
inline constexpr std::size_t subscriber_offset = family_of<Address> == Family::ipv4 ? 0 : 2;
constexpr std::uint32_t subscriber_bytes(std::uint32_t subscriber) {
  return 0x0a000000 | std::byteswap(subscriber) >> 8;
}

template <class Address>
PeerAddress<Address> peer_of(std::uint32_t number) {
  const std::uint32_t host = number % peers_per_subscriber;
  PeerAddress<Address> peer{{}, static_cast<std::uint16_t>(1 + host)};
  std::byte* const bytes = peer.address.bytes.data();
  store_be(bytes + subscriber_offset<Address>, subscriber_bytes(number / peers_per_subscriber));
  if (sizeof(Address) > subscriber_size<Address>) store_be(bytes + sizeof(Address) - 4, host);
  return peer;
}

template <class Address>
std::uint32_t number_of(const std::byte* compact) {
  const auto port = load_be<std::uint16_t>(compact + sizeof(Address));
  const auto bytes = load_be<std::uint32_t>(compact + subscriber_offset<Address>);
  return peers_per_subscriber * std::byteswap(bytes << 8) + port - 1;
}

template <class Address>
class SwarmModel {
 public:
  static constexpr std::size_t peer_size = compact_peer_size(family_of<Address>);

  // Peers have the numbers below `population`.
  explicit SwarmModel(std::uint32_t population) : peers_(population), answer_of_(population) {}

  std::uint32_t population() const { return static_cast<std::uint32_t>(peers_.size()); }
  bool has(std::uint32_t number) const { return number < peers_.size() && peers_[number].present; }
  std::uint32_t size() const { return counts_[0] + counts_[1] + counts_[2]; }
  SwarmCounts counts() const {
    return {.seeder_count = count(PeerKind::seeder),
            .leecher_count = size() - count(PeerKind::seeder),
            .completed_count = completed_count_};
  }

  void announce(std::uint32_t number, const Announce<Address>& announce, Seconds now) {
    if (announce.stopped) return remove(number);
    if (number >= peers_.size()) return;  // a stranger, who is not stored
    const bool was_incomplete = has(number) && peers_[number].kind != PeerKind::seeder;
    const bool counted = has(number) && peers_[number].counted;
    const bool finished =
        was_incomplete && announce.completed && !counted && announce.kind == PeerKind::seeder;
    remove(number);
    peers_[number] = {true, announce.kind, now, counted || finished};
    ++counts_[static_cast<std::size_t>(announce.kind)];
    completed_count_ += finished ? 1 : 0;
  }

  // Ticks of four seconds: a peer goes when more of them have passed than its age allows.
  bool expired(std::uint32_t number, Seconds now, Seconds max_age_s) const {
    const Peer& peer = peers_[number];
    return peer.present && now / 4 - peer.seen / 4 > (max_age_s + 3) / 4;
  }
  void expire(Seconds now, Seconds max_age_s) {
    for (std::uint32_t i = 0; i < population(); ++i) {
      if (expired(i, now, max_age_s)) remove(i);
    }
  }
  void remove(std::uint32_t number) {
    if (!has(number)) return;
    --counts_[static_cast<std::size_t>(peers_[number].kind)];
    peers_[number].present = false;
  }
  void forget_completions() { completed_count_ = 0; }

  // Whether `compact` is a right answer to that announce, in the state before or after it.
  void check_answer(std::uint32_t number, const Announce<Address>& announce,
                    std::span<const std::byte> compact) {
    ++answer_;
    ASSERT_EQ(compact.size(), peer_size * expected_count(number, announce));
    for (; !compact.empty(); compact = compact.subspan(peer_size)) {
      const std::uint32_t told = number_of<Address>(compact.data());
      ASSERT_LT(told, population());
      ASSERT_TRUE(has(told)) << told;
      ASSERT_NE(told, number);
      ASSERT_NE(answer_of_[told], answer_) << "told twice";
      ASSERT_TRUE(announce.kind == PeerKind::leecher || peers_[told].kind == PeerKind::leecher);
      answer_of_[told] = answer_;
    }
  }

 private:
  struct Peer {
    bool present = false;
    PeerKind kind = PeerKind::leecher;
    Seconds seen = 0;
    bool counted = false;
  };

  std::uint32_t count(PeerKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

  std::uint32_t expected_count(std::uint32_t number, const Announce<Address>& announce) const {
    if (announce.stopped) return 0;
    const bool all = announce.kind == PeerKind::leecher;
    std::uint32_t available = all ? size() : count(PeerKind::leecher);
    const bool self_is_in = has(number) && (all || peers_[number].kind == PeerKind::leecher);
    available -= self_is_in ? 1 : 0;
    return std::min(announce.peers_wanted, available);
  }

  std::vector<Peer> peers_;
  std::uint32_t counts_[3] = {};
  std::uint32_t completed_count_ = 0;
  std::vector<std::uint32_t> answer_of_;  // the last answer in which the peer was told
  std::uint32_t answer_ = 0;
};

inline void expect_equal(const SwarmCounts& counts, const SwarmCounts& expected) {
  ASSERT_EQ(counts.seeder_count, expected.seeder_count);
  ASSERT_EQ(counts.leecher_count, expected.leecher_count);
  ASSERT_EQ(counts.completed_count, expected.completed_count);
}

// Some peer of `population`, or a stranger, announces something. `stop_share` is in per cent.
template <class Address>
Announce<Address> random_announce(Random& random, std::uint32_t number, std::uint32_t population,
                                  std::uint32_t stop_share) {
  constexpr std::uint32_t wanted[] = {0, 1, 2, 5, 8, 9, 30, 50};
  constexpr PeerKind kinds[] = {PeerKind::leecher, PeerKind::leecher, PeerKind::seeder,
                                PeerKind::seeder, PeerKind::partial_seed};
  return {.peer = peer_of<Address>(number),
          .kind = kinds[random.below(5)],
          .stopped = random.below(100) < stop_share,
          .completed = random.below(3) == 0,
          .store = number < population,
          .peers_wanted = random.below(200) == 0 ? population : wanted[random.below(8)]};
}

}  // namespace gyre::swarm::test
