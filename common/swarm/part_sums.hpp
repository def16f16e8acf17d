// How many peers lie before each part of a swarm, kept so that a change and a search take some
// steps for hundreds of parts (a binary indexed tree: Fenwick, 1994). Pure arithmetic; it knows no
// peers.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace gyre::swarm {

class PartSums {
 public:
  // A further part, at the end.
  void push_back(std::uint32_t count) {
    const auto index = static_cast<std::uint32_t>(tree_.size());
    tree_.push_back(count + sum_between(index, index + 1 - lowest_bit(index + 1)));
    total_ += count;
  }
  // The last part goes, whatever it has.
  void pop_back() {
    const auto last = static_cast<std::uint32_t>(tree_.size() - 1);
    total_ = before(last);
    tree_.pop_back();
  }
  void change(std::uint32_t index, std::uint32_t from, std::uint32_t to) {
    if (from == to) return;
    // Modulo 2^32, in which every sum comes out right.
    for (std::uint32_t at = index + 1; at <= tree_.size(); at += lowest_bit(at)) {
      tree_[at - 1] += to - from;
    }
    total_ += to - from;
  }

  std::uint32_t total() const { return total_; }
  // In the parts before that one.
  std::uint32_t before(std::uint32_t index) const { return sum_between(index, 0); }

  struct Place {
    std::uint32_t part;
    std::uint32_t position;  // in that part
  };
  // Of the peer that is the `position`-th of all. Requires: position < total().
  Place find(std::uint32_t position) const {
    const auto count = static_cast<std::uint32_t>(tree_.size());
    std::uint32_t part = 0;
    // Without branches, which nobody could predict.
    for (std::uint32_t step = std::bit_floor(count); step > 0; step /= 2) {
      const std::uint32_t next = part + step;
      const std::uint32_t sum = tree_[std::min(next, count) - 1];
      const bool is_before = (next <= count) & (sum <= position);
      part = is_before ? next : part;
      position -= is_before ? sum : 0;
    }
    return {part, position};
  }

 private:
  static std::uint32_t lowest_bit(std::uint32_t number) { return number & (~number + 1); }

  // Of the parts from `begin` on, below `end`; `begin` is where a descent from `end` comes by.
  std::uint32_t sum_between(std::uint32_t end, std::uint32_t begin) const {
    std::uint32_t sum = 0;
    for (; end > begin; end -= lowest_bit(end)) sum += tree_[end - 1];
    return sum;
  }

  // tree_[i] is the sum of the lowest_bit(i + 1) parts that end with part i.
  std::vector<std::uint32_t> tree_;
  std::uint32_t total_ = 0;
};

}  // namespace gyre::swarm
