// How many peers lie before each bucket of a swarm. Sums are kept for groups of buckets and for the
// buckets within each group, so that a change and a search look at some numbers in a row for
// thousands of buckets. Pure arithmetic; it knows no peers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "common/base/check.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::swarm {

class BucketSums {
 public:
  // A further bucket, at the end, without peers.
  void push_back() {
    if (bucket_count_ % group_size == 0) {
      groups_.push_back(total());
      buckets_.resize(buckets_.size() + group_size, no_bucket);
    }
    buckets_[bucket_count_] = before_in_group(bucket_count_);
    ++bucket_count_;
  }
  // The last bucket goes, whatever it has.
  void pop_back() {
    --bucket_count_;
    groups_.back() = before(bucket_count_);
    buckets_[bucket_count_] = no_bucket;
    if (bucket_count_ % group_size != 0) return;
    groups_.pop_back();
    buckets_.resize(bucket_count_);
  }
  // That bucket has so many peers now.
  void set(std::uint32_t index, std::uint32_t count) {
    // Modulo 2^32, in which every sum comes out right.
    const std::uint32_t change = count - at(index);
    if (change == 0) return;
    const std::uint32_t group = index / group_size;
    const std::uint32_t end = std::min(bucket_count_, (group + 1) * group_size);
    for (std::uint32_t bucket = index; bucket < end; ++bucket) buckets_[bucket] += change;
    for (auto& sum : std::span(groups_).subspan(group)) sum += change;
  }

  std::uint32_t total() const { return groups_.empty() ? 0 : groups_.back(); }
  std::uint32_t at(std::uint32_t index) const { return buckets_[index] - before_in_group(index); }
  // In the buckets before that one.
  std::uint32_t before(std::uint32_t index) const {
    return before_group(index / group_size) + before_in_group(index);
  }

  // Of the peer that is the `position`-th of all. REQUIRES: position < total().
  PeerPlace find(std::uint32_t position) const {
    DCHECK(position < total());
    const std::uint32_t group = count_up_to(position, groups_);
    position -= before_group(group);
    const auto buckets =
        std::span(buckets_).subspan(std::size_t{group} * group_size).first<group_size>();
    const std::uint32_t bucket = group * group_size + count_up_to(position, buckets);
    return {bucket, position - before_in_group(bucket)};
  }

 private:
  static constexpr std::uint32_t group_size = 32;
  static constexpr std::uint32_t no_bucket = std::numeric_limits<std::uint32_t>::max();

  // Counts all instead of searching: no branch mispredictions.
  template <class Sums>
  static std::uint32_t count_up_to(std::uint32_t position, const Sums& sums) {
    std::uint32_t count = 0;
    for (const std::uint32_t sum : sums) count += sum <= position ? 1 : 0;
    return count;
  }
  std::uint32_t before_group(std::uint32_t group) const {
    return group == 0 ? 0 : groups_[group - 1];
  }
  std::uint32_t before_in_group(std::uint32_t index) const {
    return index % group_size == 0 ? 0 : buckets_[index - 1];
  }

  std::uint32_t bucket_count_ = 0;
  std::vector<std::uint32_t> groups_;   // peers of the groups up to each, itself included
  std::vector<std::uint32_t> buckets_;  // the same of the buckets of its group; `no_bucket` after
};

}  // namespace gyre::swarm
