// Finds who has most of a sample: the items of the largest group.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "common/base/random.hpp"

namespace gyre {

// Sorts the items by their group, a number that group_of(item) returns, and returns those of the
// largest one. Groups of the same size are equally likely.
template <class Item, class GroupOf>
std::span<Item> largest_group(std::span<Item> items, Random& random, GroupOf group_of) {
  const std::uint64_t order = random.next() | 1;
  std::ranges::sort(items, {}, [&](const Item& item) { return group_of(item) * order; });
  std::span<Item> largest;
  for (auto first = items.begin(); first != items.end();) {
    const auto end = std::find_if(
        first, items.end(), [&](const Item& other) { return group_of(other) != group_of(*first); });
    if (static_cast<std::size_t>(end - first) > largest.size()) largest = {first, end};
    first = end;
  }
  return largest;
}

}  // namespace gyre
