// Connections that have a place without having earned it, by client: when a place is needed, the
// client that has most of them loses its oldest. So whoever takes many places competes with
// himself.
//
// Adding and removing take a few assignments; finding the largest client looks at one counter for
// each bucket of clients. No clock: times are arguments.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "common/base/check.hpp"
#include "common/limits/client_hash.hpp"

namespace gyre::limits {

class Crowd {
 public:
  // Inside of what has the place; in one crowd or in none.
  struct Member {
    Member* older = nullptr;
    Member* newer = nullptr;
    std::uint64_t since_ns = 0;
    std::uint16_t bucket = 0;

    bool is_in_crowd() const { return newer != nullptr; }
  };
  struct Largest {
    Member* oldest = nullptr;  // null: nobody is there
    std::uint32_t count = 0;   // of that client
  };

  // `bucket`: client_bucket() of its address.
  void add(Member& member, std::uint16_t bucket, std::uint64_t now_ns) {
    DCHECK(!member.is_in_crowd());
    if (!buckets_) buckets_ = std::make_unique<Buckets>();
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

  // Nothing happens if it is not in the crowd.
  void remove(Member& member) {
    if (!member.is_in_crowd()) return;
    member.older->newer = member.newer;
    member.newer->older = member.older;
    member.older = member.newer = nullptr;
    DCHECK(buckets_->counts[member.bucket] > 0);
    --buckets_->counts[member.bucket];
    --size_;
  }

  // Another client's from now on; it keeps its age.
  void move(Member& member, std::uint16_t bucket) {
    if (!member.is_in_crowd() || member.bucket == bucket) return;
    const std::uint64_t since_ns = member.since_ns;
    remove(member);
    add(member, bucket, since_ns);
  }

  Largest largest() const {
    if (size_ == 0) return {};
    std::uint32_t most = 0;
    for (const std::uint32_t count : buckets_->counts) most = count > most ? count : most;
    for (std::size_t i = 0; i < client_bucket_count; ++i) {
      if (buckets_->counts[i] == most) return {.oldest = buckets_->ends[i].newer, .count = most};
    }
    return {};
  }

  // Who loses its place: nobody, where no client has more than a few and all are younger than that,
  // so that each has the time to earn it.
  Member* to_evict(std::uint64_t now_ns, std::uint64_t age_min_ns) const {
    constexpr std::uint32_t few = 2;
    const Largest found = largest();
    const bool is_spared = found.oldest == nullptr ||
                           (found.count <= few && now_ns < found.oldest->since_ns + age_min_ns);
    return is_spared ? nullptr : found.oldest;
  }

  std::uint32_t size() const { return size_; }

 private:
  struct Buckets {
    std::array<std::uint32_t, client_bucket_count> counts{};
    std::array<Member, client_bucket_count> ends{};  // the oldest follows
  };
  std::unique_ptr<Buckets> buckets_;  // when somebody has been there
  std::uint32_t size_ = 0;
};

}  // namespace gyre::limits
