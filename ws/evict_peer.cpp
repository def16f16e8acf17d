// Swarms::evict_peer(): whose peer goes when the budget is used up.
#include <array>

#include "common/base/check.hpp"
#include "common/base/largest_group.hpp"
#include "common/limits/client_hash.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

bool Swarms::evict_peer(Random& random) {
  constexpr std::size_t candidates_max = 64;
  constexpr std::size_t slots_max = 256;  // of which many may be free
  if (peers_.size() == 0) return false;
  std::array<Index, candidates_max> sampled;
  std::size_t count = 0;
  for (std::size_t i = 0; i < slots_max && count < candidates_max; ++i) {
    const Index index = random.below(peers_.size());
    if (peers_[index].member != none) sampled[count++] = index;
  }
  const auto victims = largest_group(std::span(sampled).first(count), random, [this](Index index) {
    return limits::network_of(members_[peers_[index].member].client);
  });
  if (victims.empty()) return false;
  remove(victims[random.below(static_cast<std::uint32_t>(victims.size()))]);
  check_counts();
  return true;
}

}  // namespace gyre::ws
