#include "common/swarm/swarm_parts.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace gyre::swarm {

template <class Address>
std::uint32_t SwarmParts<Address>::part_of(std::uint64_t hash) const {
  const std::uint32_t size_ceil = std::bit_ceil(size());
  const std::uint32_t index = static_cast<std::uint32_t>(hash >> 32) & (size_ceil - 1);
  return index < size() ? index : index - size_ceil / 2;
}

template <class Address>
std::uint32_t SwarmParts<Address>::source_of(std::uint32_t index) {
  return index - std::bit_ceil(index + 1) / 2;
}

template <class Address>
void SwarmParts<Address>::count_change(std::uint32_t index, const Counts& before) {
  const Counts after = Counts::of(parts_[index]);
  peers_.change(index, before.peers, after.peers);
  wanting_.change(index, before.wanting, after.wanting);
  seeder_count_ += after.seeders - before.seeders;
}

template <class Address>
void SwarmParts<Address>::append(Part&& part) {
  peers_.push_back(part.peer_count());
  wanting_.push_back(part.wanting_count());
  seeder_count_ += part.seeder_count();
  parts_.push_back(std::move(part));
}

template <class Address>
void SwarmParts<Address>::add(const SwarmContext& context) {
  const std::uint32_t added = size();
  append(Part());
  const std::uint32_t source = source_of(added);
  std::vector<Slot> staying;
  std::vector<Slot> going;
  staying.reserve(parts_[source].peer_count());
  going.reserve(parts_[source].peer_count());
  const auto divide = [&](std::span<const Slot> peers) {
    for (const Slot& peer : peers) {
      (part_of(peer_hash(peer, context)) == added ? going : staying).push_back(peer);
    }
  };
  parts_[source].peers().visit(0, parts_[source].peer_count(), divide);
  replace_peers(source, staying, context);
  replace_peers(added, going, context);
}

template <class Address>
bool SwarmParts<Address>::remove(const SwarmContext& context) {
  const std::uint32_t last = size() - 1;
  const std::uint32_t target = source_of(last);
  const std::uint32_t joined_count = parts_[target].peer_count() + parts_[last].peer_count();
  if (joined_count > Part::peers_max) return false;
  std::vector<Slot> peers(joined_count);
  Slot* out = peers.data();
  const auto copy = [&out](std::span<const Slot> some) { out = std::ranges::copy(some, out).out; };
  parts_[target].peers().visit(0, parts_[target].peer_count(), copy);
  parts_[last].peers().visit(0, parts_[last].peer_count(), copy);
  replace_peers(last, {}, context);
  replace_peers(target, peers, context);
  peers_.pop_back();
  wanting_.pop_back();
  parts_.pop_back();
  return true;
}

template <class Address>
void SwarmParts<Address>::replace_peers(std::uint32_t index, std::span<const Slot> peers,
                                        const SwarmContext& context) {
  const Counts before = Counts::of(parts_[index]);
  parts_[index].assign(peers, context);
  count_change(index, before);
}

template class SwarmParts<Ipv4Address>;
template class SwarmParts<Ipv6Address>;

}  // namespace gyre::swarm
