// A swarm as a value, for tests: with a context and a budget of its own. Swarm itself
// leaves clearing to its owner.
//
// Invariant: the budget has as many peers as the swarm; the destructor makes sure of it.
#pragma once

#include <gtest/gtest.h>

#include "common/swarm/swarm.hpp"

namespace gyre::swarm::test {

template <class Address>
class HeldSwarm {
 public:
  explicit HeldSwarm(const SwarmLimits& limits = {}, const BudgetLimits& budget = {})
      : budget_(budget),
        context_{.secret = {3, 4}, .limits = limits, .budget = BudgetShare(&budget_)} {}
  HeldSwarm(const HeldSwarm&) = delete;
  HeldSwarm& operator=(const HeldSwarm&) = delete;
  ~HeldSwarm() { clear(); }

  AnnounceOutcome announce(const Announce<Address>& announce, Seconds now, Random& random,
                           std::span<std::byte> compact_peers = {}) {
    auto prepared = announce;
    prepared.peer_hash = swarm_.prefetch(announce, random, context_);
    return swarm_.announce(prepared, now, random, context_, compact_peers);
  }

  // A whole expiry; returns how many slices of work it took.
  int expire(Seconds now, Seconds max_age_s) {
    PeerPlace position = PeerPlace::end();
    int slice_count = 1;
    while (swarm_.expire_some(position, now, max_age_s, context_)) ++slice_count;
    return slice_count;
  }

  void clear() {
    EXPECT_EQ(budget_.peer_count(), swarm_.peer_count());
    swarm_.clear(context_);
    EXPECT_TRUE(swarm_.is_absent());
    EXPECT_EQ(budget_.peer_count(), 0U);
    swarm_ = Swarm<Address>::empty();
  }

  void check_invariants() const { swarm_.check_invariants(context_); }

  SwarmCounts counts() const { return swarm_.counts(); }
  std::uint32_t peer_count() const { return swarm_.peer_count(); }
  Swarm<Address>& swarm() { return swarm_; }
  Budget& budget() { return budget_; }
  const SwarmContext& context() const { return context_; }

 private:
  Budget budget_;
  SwarmContext context_;
  Swarm<Address> swarm_ = Swarm<Address>::empty();
};

}  // namespace gyre::swarm::test
