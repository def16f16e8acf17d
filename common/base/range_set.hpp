// A set of numbers, as ranges. Immutable once made.
//
// The ranges are sorted and disjoint. A directory by the highest bits in which they differ narrows
// the binary search to the few that begin with the same bits: a lookup among 100,000 takes two or
// three cache misses (network_list_benchmark).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/check.hpp"

namespace gyre {

template <class Number>
class RangeSet {
 public:
  struct Range {
    Number first;
    Number last;  // included
  };

  RangeSet() = default;
  // In any order; they may overlap.
  explicit RangeSet(std::vector<Range> ranges);

  bool empty() const { return ranges_.empty(); }
  std::size_t size() const { return ranges_.size(); }

  bool contains(Number number) const { return !empty() && search(number); }

 private:
  static constexpr unsigned directory_bits_max = 16;

  bool search(Number number) const {
    const Number origin = ranges_.front().first;
    if (number < origin) return false;
    const std::size_t cell = cell_of(number);
    std::size_t at = directory_[cell];
    std::size_t count = directory_[cell + 1] - at;
    while (count > 0) {
      const std::size_t half = (count + 1) / 2;
      const bool begins_before = ranges_[at + half - 1].first <= number;
      at += begins_before ? half : 0;
      count = begins_before ? count - half : half - 1;
    }
    DCHECK(at > 0);
    return number <= ranges_[at - 1].last;
  }
  std::size_t cell_of(Number number) const {
    const Number cell = (number - ranges_.front().first) >> shift_;
    return static_cast<std::size_t>(std::min(cell, static_cast<Number>(directory_.size() - 2)));
  }
  void join();
  void make_directory();

  std::vector<Range> ranges_;
  std::vector<std::uint32_t> directory_;  // for each cell, how many ranges begin before it
  unsigned shift_ = 0;
};

template <class Number>
RangeSet<Number>::RangeSet(std::vector<Range> ranges) : ranges_(std::move(ranges)) {
  if (empty()) return;
  std::ranges::sort(ranges_, {}, &Range::first);
  join();
  make_directory();
}

// Joins ranges that overlap or touch.
template <class Number>
void RangeSet<Number>::join() {
  std::size_t last = 0;
  for (const Range& range : ranges_) {
    DCHECK(range.first <= range.last);
    Range& before = ranges_[last];
    const bool is_apart = range.first > before.last && range.first - before.last > 1;
    if (is_apart) {
      ranges_[++last] = range;
    } else {
      before.last = std::max(before.last, range.last);
    }
  }
  ranges_.resize(last + 1);
  ranges_.shrink_to_fit();
}

template <class Number>
void RangeSet<Number>::make_directory() {
  const Number span = ranges_.back().first - ranges_.front().first;
  const std::size_t cells_max = std::min(ranges_.size(), std::size_t{1} << directory_bits_max);
  while ((span >> shift_) >= cells_max) ++shift_;
  directory_.assign(static_cast<std::size_t>(span >> shift_) + 2, 0);
  for (const Range& range : ranges_) ++directory_[cell_of(range.first) + 1];
  for (std::size_t i = 1; i < directory_.size(); ++i) directory_[i] += directory_[i - 1];
  DCHECK(directory_.back() == ranges_.size());
}

}  // namespace gyre
