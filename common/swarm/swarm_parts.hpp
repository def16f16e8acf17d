// The parts that a large swarm is cut into by the hashes of its peers, each a list. Between
// LargeSwarm and the lists.
//
// There is one more or one less at a time: a new one takes its peers from another, the last one
// gives them back there (linear hashing: Litwin, 1980). So no announce waits for all peers to move.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "common/swarm/context.hpp"
#include "common/swarm/part_sums.hpp"
#include "common/swarm/peer_list.hpp"

namespace gyre::swarm {

template <class Address>
class SwarmParts {
 public:
  using Part = PeerList<Address>;

  explicit SwarmParts(Part&& first) { append(std::move(first)); }

  std::uint32_t size() const { return static_cast<std::uint32_t>(parts_.size()); }
  Part& operator[](std::uint32_t index) { return parts_[index]; }
  const Part& operator[](std::uint32_t index) const { return parts_[index]; }
  // Which part has the peers of that hash: by its upper half, as the lists go by the lower one.
  std::uint32_t part_of(std::uint64_t hash) const;

  std::uint32_t peer_count() const { return peers_.total(); }
  std::uint32_t wanting_count() const { return wanting_.total(); }
  std::uint32_t seeder_count() const { return seeder_count_; }
  // How many peers each part has, or how many of these want data.
  const PartSums& sums(bool only_wanting) const { return only_wanting ? wanting_ : peers_; }

  struct Counts {
    std::uint32_t peers, wanting, seeders;

    static Counts of(const Part& part) {
      return {part.peer_count(), part.wanting_count(), part.seeder_count()};
    }
  };
  // Call after every change of a part.
  void count_change(std::uint32_t index, const Counts& before);

  void add(const SwarmContext& context);
  // The last one goes, and its peers to where they came from; false if there is no room for them.
  // Requires: more than one.
  bool remove(const SwarmContext& context);

 private:
  using Slot = PeerSlot<Address>;

  // Where the peers of a part come from, and where they go when it is removed.
  static std::uint32_t source_of(std::uint32_t index);
  void append(Part&& part);
  void replace_peers(std::uint32_t index, std::span<const Slot> peers, const SwarmContext& context);

  std::vector<Part> parts_;
  PartSums peers_;
  PartSums wanting_;
  std::uint32_t seeder_count_ = 0;
};

extern template class SwarmParts<Ipv4Address>;
extern template class SwarmParts<Ipv6Address>;

}  // namespace gyre::swarm
