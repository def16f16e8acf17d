// A hash table of indices into a table of the owner, which has the keys and compares them. Like
// OpenTable it grows and shrinks a little with each change. Hashes are keyed.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/open_table.hpp"

namespace gyre::ws {

class IndexTable {
 public:
  std::uint32_t size() const { return table_.size(); }

  // The index stored under that hash for which matches(index) holds.
  template <class Matches>
  std::optional<std::uint32_t> find(std::uint32_t hash, Matches matches) {
    const Item* item = find_item(hash, matches);
    if (item == nullptr) return std::nullopt;
    return item->index();
  }

  // REQUIRES: the index is not in the table.
  void insert(std::uint32_t hash, std::uint32_t index) {
    table_.insert(hash, Item{.hash = hash, .number = index + 1}, hash_of);
  }

  // Returns whether the index was in the table.
  bool erase(std::uint32_t hash, std::uint32_t index) {
    constexpr std::uint32_t settled_slots = 64;
    Item* item = find_item(hash, [index](std::uint32_t other) { return other == index; });
    if (item == nullptr) return false;
    table_.erase(*item, hash_of);
    table_.settle(settled_slots, hash_of);
    table_.shrink(hash_of);
    return true;
  }

 private:
  struct Item {
    static constexpr TableShape table_shape{
        .slots_min = 16, .fill_max = 75, .fill_min = 25, .growth = 50};
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  // index + 1; 0: free
    bool is_free() const { return number == 0; }
    std::uint32_t index() const { return number - 1; }
  };
  static std::uint32_t hash_of(const Item& item) { return item.hash; }

  template <class Matches>
  Item* find_item(std::uint32_t hash, Matches matches) {
    return table_.find(
        hash, [&](const Item& item) { return item.hash == hash && matches(item.index()); });
  }

  OpenTable<Item> table_;
};

}  // namespace gyre::ws
