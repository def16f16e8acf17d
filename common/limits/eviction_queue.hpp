// Connections that can be evicted, by client: when a place is needed, the client with most of them
// loses its oldest. So a client that takes many places competes with itself.
//
// Adding and removing cost a few assignments; finding the largest client scans one counter for each
// bucket of clients. Times are arguments.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "common/base/check.hpp"
#include "common/limits/client_hash.hpp"

namespace gyre::limits {

class EvictionQueue {
 public:
  // Embedded in the connection; in at most one queue.
  struct Member {
    Member* older = nullptr;
    Member* newer = nullptr;
    std::uint64_t since_ns = 0;
    std::uint16_t bucket = 0;

    bool is_queued() const { return newer != nullptr; }
  };

  // `bucket`: client_bucket() of its address.
  void add(Member& member, std::uint16_t bucket, std::uint64_t now_ns) {
    DCHECK(!member.is_queued());
    if (!buckets_) buckets_ = std::make_unique<Buckets>();
    DCHECK(bucket < client_bucket_count);
    member.bucket = bucket;
    member.since_ns = now_ns;
    Member& ends = buckets_->ends[bucket];
    if (ends.newer == nullptr) ends.older = ends.newer = &ends;
    member.older = ends.older;
    member.newer = &ends;
    member.older->newer = &member;
    ends.older = &member;
    ++buckets_->counts[bucket];
    ++size_;
  }

  // No effect if it is not in the queue.
  void remove(Member& member) {
    if (!member.is_queued()) return;
    member.older->newer = member.newer;
    member.newer->older = member.older;
    member.older = member.newer = nullptr;
    DCHECK(buckets_->counts[member.bucket] > 0);
    --buckets_->counts[member.bucket];
    DCHECK(size_ > 0);
    --size_;
  }

  // Moves it to another client's bucket; it keeps its age.
  void move(Member& member, std::uint16_t bucket) {
    if (!member.is_queued() || member.bucket == bucket) return;
    const std::uint64_t since_ns = member.since_ns;
    remove(member);
    add(member, bucket, since_ns);
  }

  // The oldest of the client with most of them, if that has at least `count_min`; else null.
  Member* oldest_of_largest(std::uint32_t count_min = 1) const {
    DCHECK(count_min > 0);
    if (size_ == 0) return nullptr;
    const auto& counts = buckets_->counts;
    std::uint32_t most = 0;
    for (const std::uint32_t count : counts) most = std::max(most, count);
    if (most < count_min) return nullptr;
    const auto largest = std::ranges::find(counts, most) - counts.begin();
    return buckets_->ends[static_cast<std::size_t>(largest)].newer;
  }

  // The one to evict: the oldest of the client with most. None if no client has more than a few and
  // all are younger than `age_min_ns`, the time that each gets to earn its place.
  Member* victim(std::uint64_t now_ns, std::uint64_t age_min_ns) const {
    constexpr std::uint32_t few = 2;
    Member* const oldest = oldest_of_largest();
    if (oldest == nullptr || buckets_->counts[oldest->bucket] > few) return oldest;
    return now_ns < oldest->since_ns + age_min_ns ? nullptr : oldest;
  }

  std::uint32_t size() const { return size_; }

 private:
  struct Buckets {
    std::array<std::uint32_t, client_bucket_count> counts{};
    std::array<Member, client_bucket_count> ends{};  // of circular lists, oldest first
  };
  std::unique_ptr<Buckets> buckets_;  // allocated with the first member
  std::uint32_t size_ = 0;
};

}  // namespace gyre::limits
