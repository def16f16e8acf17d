// An open addressing table that grows and shrinks in place, a little with each change: no call
// rehashes it whole, and it never exists twice. Not thread-safe.
//
// An item's home is its hash scaled to the number of slots, so that items lie in the order of their
// hashes; it is found by probing from there. To grow, slots are added at the end, and items move up
// to their new homes, the last first; to shrink they move down, the first first. A border marks
// what has moved. Whole runs move (neighbours without a free slot between them), so every other
// item is found (Knuth, TAOCP 3, 6.4, algorithm R and exercise 68). Memory is given back in pieces.
//
// Item: trivially copyable, free when all its bytes are zero (`is_free()`), with a `static
// constexpr TableShape table_shape`. Where a function may move items, `hash_of(item)` gives the 32
// bits that it was stored under; they must be of a keyed hash where strangers choose the keys.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/base/table_memory.hpp"

namespace gyre {

struct TableShape {
  std::uint32_t slots_min;  // of a table that is not empty
  std::uint32_t fill_max;   // percent of slots in use, beyond which it grows
  std::uint32_t fill_min;   // percent, below which it shrinks
  std::uint32_t growth;     // percent of slots that are added
};

// At most `given_back_max` bytes are given back in one call, if hashes are spread evenly.
template <class Item, std::size_t given_back_max = std::size_t{128} * 1024>
class OpenTable {
  static_assert(std::is_trivially_copyable_v<Item>);
  static constexpr TableShape shape = Item::table_shape;

 public:
  static constexpr std::uint32_t slots_given_back_max = given_back_max / sizeof(Item);

  OpenTable() = default;
  OpenTable(OpenTable&& other) noexcept { *this = std::move(other); }
  // What this one had goes with the other.
  OpenTable& operator=(OpenTable&& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(size_, other.size_);
    std::swap(slot_count_, other.slot_count_);
    std::swap(former_slot_count_, other.former_slot_count_);
    std::swap(border_, other.border_);
    return *this;
  }
  ~OpenTable() { resize_memory(slot_count(), 0); }

  std::uint32_t size() const { return size_; }
  std::uint32_t slot_count() const { return std::max(slot_count_, former_slot_count_); }
  bool is_resizing() const { return former_slot_count_ != 0; }

  // All slots, free ones among them.
  std::span<Item> slots() { return {items_, slot_count()}; }
  std::span<const Item> slots() const { return {items_, slot_count()}; }
  // Where a search for that hash begins among so many slots, while they are not resized.
  static std::uint32_t scale(std::uint32_t hash, std::uint32_t slots) {
    return static_cast<std::uint32_t>(std::uint64_t{hash} * slots >> 32);
  }

  // The first item that a search for `hash` comes by and visit(item) returns true for, or null.
  Item* find(std::uint32_t hash, auto visit) {
    if (size_ == 0) return nullptr;
    for (std::uint32_t at = home(hash); !items_[at].is_free(); at = next(at)) {
      if (visit(items_[at])) return &items_[at];
    }
    return nullptr;
  }
  const Item* find(std::uint32_t hash, auto visit) const {
    return const_cast<OpenTable*>(this)->find(hash, visit);
  }
  void prefetch(std::uint32_t hash) const { gyre::prefetch(items_ + home(hash)); }

  // Gives it its first slots, fill_max percent of them for items. REQUIRES: it has none.
  void reserve(std::uint32_t slots) {
    DCHECK(slot_count() == 0);
    resize_memory(0, slots);
    slot_count_ = slots;
  }

  // Items may move; the returned one stays until the next change. REQUIRES: not in the table.
  Item& insert(std::uint32_t hash, const Item& item, auto hash_of) {
    return *find_or_insert(hash, item, [](const Item&) { return false; }, hash_of).first;
  }

  // What find() returns, and false; if that is null, stores `item` and returns it, and true.
  std::pair<Item*, bool> find_or_insert(std::uint32_t hash, const Item& item, auto visit,
                                        auto hash_of) {
    DCHECK(!item.is_free() && hash == std::as_const(hash_of)(item));
    if (is_resizing()) move_some(hash_of);
    if (std::uint64_t{size_ + 1} * 100 > std::uint64_t{slot_count_} * shape.fill_max) grow(hash_of);
    std::uint32_t at = home(hash);
    for (; !items_[at].is_free(); at = next(at)) {
      if (visit(items_[at])) return {&items_[at], false};
    }
    items_[at] = item;
    ++size_;
    check_after_change(hash_of);
    return {&items_[at], true};
  }

  void erase(Item& item, auto hash_of) {
    DCHECK(&item >= items_ && &item < items_ + slot_count() && !item.is_free());
    auto hole = static_cast<std::uint32_t>(&item - items_);
    for (std::uint32_t at = next(hole); !items_[at].is_free(); at = next(at)) {
      // It may fill the hole unless its home lies behind the hole.
      if (distance(home(hash_of(items_[at])), at) < distance(hole, at)) continue;
      items_[hole] = items_[at];
      hole = at;
    }
    items_[hole] = Item{};
    --size_;
    check_after_change(hash_of);
  }

  // Begins to shrink if the table is too empty for its size; what is begun goes on by settle(), or
  // with insertions. Call it until it returns false.
  bool shrink(auto hash_of) {
    if (size_ == 0) {
      const std::uint32_t kept = slot_count() - std::min(slot_count(), slots_given_back_max);
      resize_memory(slot_count(), kept);
      slot_count_ = kept;
      former_slot_count_ = 0;
      return kept > 0;
    }
    if (is_resizing()) return true;
    if (std::uint64_t{size_} * 100 >= std::uint64_t{slot_count_} * shape.fill_min) return false;
    constexpr std::uint32_t fill = (shape.fill_min + shape.fill_max) / 2;
    const auto fitting = static_cast<std::uint32_t>(std::uint64_t{size_} * 100 / fill + 1);
    // To a third at most: with insertions alone it is done before the next growth is due.
    const std::uint32_t target = std::max({shape.slots_min, fitting, slot_count_ / 3});
    if (target >= slot_count_) return false;
    former_slot_count_ = slot_count_;
    slot_count_ = target;
    border_ = 0;
    move_some(hash_of);
    return true;
  }

  // Goes on with a resizing by about `slots` slots, or gives memory back; false when all is done.
  bool settle(std::uint32_t slots, auto hash_of) {
    for (std::uint32_t moved = 0; is_resizing() && moved < slots; moved += moves_per_change) {
      if (move_some(hash_of)) break;
    }
    check_after_change(hash_of);
    return is_resizing();
  }

  // That every item is found by its hash, and that there are size() of them.
  void check_invariants(const auto& hash_of) const {
    std::uint32_t item_count = 0;
    for (std::uint32_t slot = 0; slot < slot_count(); ++slot) {
      if (items_[slot].is_free()) continue;
      ++item_count;
      for (std::uint32_t at = home(hash_of(items_[slot])); at != slot; at = next(at)) {
        CHECK(!items_[at].is_free());
      }
    }
    CHECK(item_count == size_);
  }

 private:
  // So many slots are moved with each change: enough to be done before the next growth is due.
  static constexpr std::uint32_t moves_per_change = 24;

  void check_after_change(const auto& hash_of) const {
    DCHECK(std::uint64_t{size_} * 100 <= std::uint64_t{slot_count_} * shape.fill_max);
    DCHECK((items_ == nullptr) == (slot_count() == 0));
    DCHECK(!is_resizing() || slot_count_ != former_slot_count_);
    DCHECK(!is_growing() || border_ <= former_slot_count_);
    DCHECK_SAMPLED(slot_count(), check_invariants(hash_of));
  }

  bool is_growing() const { return is_resizing() && slot_count_ > former_slot_count_; }
  std::uint32_t home(std::uint32_t hash) const {
    if (!is_resizing()) return scale(hash, slot_count_);
    const std::uint32_t former = scale(hash, former_slot_count_);
    const bool moved = is_growing() ? former >= border_ : former < border_;
    return moved ? scale(hash, slot_count_) : former;
  }
  std::uint32_t next(std::uint32_t at) const { return at + 1 < slot_count() ? at + 1 : 0; }
  std::uint32_t distance(std::uint32_t from, std::uint32_t to) const {
    return to >= from ? to - from : to + slot_count() - from;
  }
  // Takes the items from `begin` to the next free slot out, and returns that slot's position.
  std::uint32_t take_run(std::uint32_t begin) {
    DCHECK(taken_.empty());
    std::uint32_t at = begin;
    for (; !items_[at].is_free(); at = next(at)) {
      taken_.push_back(items_[at]);
      items_[at] = Item{};
    }
    return at;
  }
  // Puts what was taken to its homes.
  void place_taken(auto hash_of) {
    for (const Item& item : taken_) {
      std::uint32_t at = home(hash_of(item));
      while (!items_[at].is_free()) at = next(at);
      items_[at] = item;
    }
    taken_.clear();
  }

  void grow(auto hash_of) {
    while (is_resizing()) move_some(hash_of);
    const std::uint32_t former = slot_count_;
    if (former == 0) return reserve(shape.slots_min);
    const auto added = static_cast<std::uint32_t>(std::uint64_t{former} * shape.growth / 100 + 1);
    const std::uint32_t larger = std::max(shape.slots_min, former + added);
    // The run at the end may go on at the beginning, which will no longer be next to it.
    border_ = former;
    while (border_ > 0 && !items_[border_ - 1].is_free()) --border_;
    if (border_ < former) take_run(border_);
    resize_memory(former, larger);
    former_slot_count_ = former;
    slot_count_ = larger;
    place_taken(hash_of);
    move_some(hash_of);
  }

  // Returns whether it gave memory back: then it is enough for one call.
  bool move_some(auto hash_of) {
    for (std::uint32_t moved = 0; moved < moves_per_change && is_resizing();) {
      const std::uint32_t border = border_;
      if (is_growing()) {
        move_run_up(hash_of);
      } else if (border_ < former_slot_count_) {
        move_run_down(hash_of);
      } else {
        give_back_some(hash_of);
        return true;
      }
      moved += border > border_ ? border - border_ : border_ - border;
    }
    return false;
  }

  void move_run_up(auto hash_of) {
    if (border_ == 0) {
      former_slot_count_ = 0;
      return;
    }
    --border_;
    if (items_[border_].is_free()) return;
    while (border_ > 0 && !items_[border_ - 1].is_free()) --border_;
    take_run(border_);
    place_taken(hash_of);
  }

  void move_run_down(auto hash_of) {
    const std::uint32_t end = take_run(border_);
    // Behind the free slot; or at the end, around which the run went.
    border_ = end < border_ ? former_slot_count_ : end + 1;
    place_taken(hash_of);
  }

  // When all have moved down but the run that crosses the new end. All homes are new ones.
  void give_back_some(auto hash_of) {
    const std::uint32_t end =
        former_slot_count_ - std::min(former_slot_count_ - slot_count_, slots_given_back_max);
    // Not within the run that crosses the new end.
    const auto kept = slots().subspan(slot_count_, end - slot_count_);
    if (std::ranges::any_of(kept, [](const Item& item) { return item.is_free(); })) {
      resize_memory(former_slot_count_, end);
      former_slot_count_ = end;
      return;
    }
    // The run around the new end goes on at the beginning.
    if (!items_[slot_count_].is_free()) take_run(slot_count_);
    resize_memory(former_slot_count_, slot_count_);
    former_slot_count_ = 0;
    place_taken(hash_of);
  }

  void resize_memory(std::uint32_t from, std::uint32_t to) {
    items_ = static_cast<Item*>(
        resize_zeroed(items_, std::size_t{from} * sizeof(Item), std::size_t{to} * sizeof(Item)));
  }

  // The items that are between two places. One list for each thread: it is empty between calls.
  static inline thread_local std::vector<Item> taken_;

  Item* items_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t slot_count_ = 0;         // that it has, or is about to have
  std::uint32_t former_slot_count_ = 0;  // while it grows or shrinks; else 0
  std::uint32_t border_ = 0;  // growing: homes from here on are new ones; shrinking: those below it
};

}  // namespace gyre
