// How many peers lie before each part of a swarm, in groups of parts, so that a change and a search
// look at some numbers in a row for thousands of parts. Pure arithmetic; it knows no peers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace gyre::swarm {

class PartSums {
 public:
  // A further part, at the end.
  void push_back(std::uint32_t count) {
    if (part_count_ % group_size == 0) {
      groups_.push_back(total());
      parts_.resize(parts_.size() + group_size, no_part);
    }
    parts_[part_count_] = count + before_in_group(part_count_);
    groups_.back() += count;
    ++part_count_;
  }
  // The last part goes, whatever it has.
  void pop_back() {
    --part_count_;
    groups_.back() = before(part_count_);
    parts_[part_count_] = no_part;
    if (part_count_ % group_size != 0) return;
    groups_.pop_back();
    parts_.resize(part_count_);
  }
  void change(std::uint32_t index, std::uint32_t from, std::uint32_t to) {
    if (from == to) return;
    const std::uint32_t group = index / group_size;
    const std::uint32_t end = std::min(part_count_, (group + 1) * group_size);
    // Modulo 2^32, in which every sum comes out right.
    for (std::uint32_t part = index; part < end; ++part) parts_[part] += to - from;
    for (auto& sum : std::span(groups_).subspan(group)) sum += to - from;
  }

  std::uint32_t total() const { return groups_.empty() ? 0 : groups_.back(); }
  // In the parts before that one.
  std::uint32_t before(std::uint32_t index) const {
    return before_group(index / group_size) + before_in_group(index);
  }

  struct Place {
    std::uint32_t part;
    std::uint32_t position;  // in that part
  };
  // Of the peer that is the `position`-th of all. Requires: position < total().
  Place find(std::uint32_t position) const {
    const std::uint32_t group = count_up_to(position, groups_);
    position -= before_group(group);
    const auto parts = std::span(parts_).subspan(group * group_size).first<group_size>();
    const std::uint32_t part = group * group_size + count_up_to(position, parts);
    return {part, position - before_in_group(part)};
  }

 private:
  static constexpr std::uint32_t group_size = 32;
  static constexpr std::uint32_t no_part = std::numeric_limits<std::uint32_t>::max();

  // Counts instead of searching: compilers make it a few instructions without branches, which
  // nobody could predict.
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
    return index % group_size == 0 ? 0 : parts_[index - 1];
  }

  std::uint32_t part_count_ = 0;
  std::vector<std::uint32_t> groups_;  // peers of the groups up to each, itself included
  std::vector<std::uint32_t> parts_;   // the same of the parts of its group; `no_part` to its end
};

}  // namespace gyre::swarm
