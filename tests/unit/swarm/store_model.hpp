// What the whole store should be, of both families, under limits: plain maps of numbered torrents
// and peers in standard containers. The random test of the store compares with it.
//
// Where the store may choose, whom to evict or which empty torrent to forget first, it is asked
// what it did: the model checks that this was legal and does the same.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "swarm_model.hpp"

namespace gyre::swarm::test {

class TorrentModel {
 public:
  struct Peer {
    PeerKind kind = PeerKind::leecher;
    Seconds seen = 0;
    bool counted = false;

    unsigned age_ticks(Seconds now) const { return now / 4 - seen / 4; }
    bool expired(Seconds now, Seconds max_age_s) const {
      return age_ticks(now) > (max_age_s + 3) / 4;
    }
  };

  bool has(std::uint32_t number) const { return peers_.contains(number); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(peers_.size()); }
  std::uint32_t count(PeerKind kind) const {
    return static_cast<std::uint32_t>(std::ranges::count_if(
        peers_, [kind](const auto& entry) { return entry.second.kind == kind; }));
  }
  SwarmCounts counts() const {
    const std::uint32_t seeders = count(PeerKind::seeder);
    return {.seeder_count = seeders,
            .leecher_count = size() - seeders,
            .completed_count = completed_count_};
  }
  const Peer& at(std::uint32_t number) const { return peers_.at(number); }
  std::uint32_t of_subscriber(std::uint32_t number) const {
    std::uint32_t sum = 0;
    const std::uint32_t first = number / peers_per_subscriber * peers_per_subscriber;
    for (std::uint32_t i = 0; i < peers_per_subscriber; ++i) sum += has(first + i) ? 1 : 0;
    return sum;
  }

  template <class Address>
  void store(std::uint32_t number, const Announce<Address>& announce, Seconds now) {
    const auto known = peers_.find(number);
    bool counted = known != peers_.end() && known->second.counted;
    const bool finished = known != peers_.end() && known->second.kind != PeerKind::seeder &&
                          announce.kind == PeerKind::seeder && announce.completed && !counted;
    completed_count_ += finished ? 1 : 0;
    counted = counted || finished;
    peers_[number] = {announce.kind, now, counted};
  }
  void remove(std::uint32_t number) { peers_.erase(number); }
  void expire(Seconds now, Seconds max_age_s) {
    std::erase_if(peers_, [=](const auto& entry) { return entry.second.expired(now, max_age_s); });
  }

  // Those who are not among `left`.
  std::vector<std::uint32_t> without(const std::unordered_set<std::uint32_t>& left) const {
    std::vector<std::uint32_t> others;
    for (const auto& [number, peer] : peers_) {
      if (!left.contains(number)) others.push_back(number);
    }
    return others;
  }
  std::uint32_t older_than(std::uint32_t number, Seconds now) const {
    const unsigned age = at(number).age_ticks(now);
    return static_cast<std::uint32_t>(std::ranges::count_if(
        peers_, [=](const auto& entry) { return entry.second.age_ticks(now) > age; }));
  }
  bool is_oldest_of_subscriber(std::uint32_t number, Seconds now) const {
    const std::uint32_t first = number / peers_per_subscriber * peers_per_subscriber;
    for (std::uint32_t i = first; i < first + peers_per_subscriber; ++i) {
      if (has(i) && at(i).age_ticks(now) > at(number).age_ticks(now)) return false;
    }
    return true;
  }

  // How many peers an announce should get.
  template <class Address>
  std::uint32_t answer_count(std::uint32_t number, const Announce<Address>& announce) const {
    if (announce.stopped) return 0;
    const bool all = announce.kind == PeerKind::leecher;
    const bool self_counts = has(number) && (all || at(number).kind == PeerKind::leecher);
    const std::uint32_t pool = all ? size() : count(PeerKind::leecher);
    return std::min(announce.peers_wanted, pool - (self_counts ? 1 : 0));
  }

  // Empty, and seen by a cleaning since: the store may have forgotten it or not.
  bool perhaps_gone = false;
  std::uint32_t completed_count() const { return completed_count_; }

 private:
  std::unordered_map<std::uint32_t, Peer> peers_;
  std::uint32_t completed_count_ = 0;
};

// By torrent number, of one family.
using FamilyModel = std::unordered_map<std::uint32_t, TorrentModel>;

inline std::uint64_t peers_in(const FamilyModel& torrents) {
  std::uint64_t sum = 0;
  for (const auto& [number, torrent] : torrents) sum += torrent.size();
  return sum;
}

}  // namespace gyre::swarm::test
