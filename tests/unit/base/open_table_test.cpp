// The table against std::unordered_map, at every step of growing and shrinking, under hashes that
// spread well and hashes that do not.
#include "common/base/open_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/random.hpp"
#include "tests/support/scale.hpp"

namespace gyre {
namespace {

struct Item {
  static constexpr TableShape table_shape{
      .slots_min = 8, .fill_max = 75, .fill_min = 45, .growth = 25};
  std::uint32_t key = 0;
  std::uint32_t value = 0;
  bool is_free() const { return key == 0; }
};
static_assert(sizeof(Item) == 8);

using HashOfKey = std::uint32_t (*)(std::uint32_t);

std::uint32_t spread(std::uint32_t key) {
  return static_cast<std::uint32_t>(Random(key).next());
}
std::uint32_t few_homes(std::uint32_t key) {
  return (spread(key) % 5) << 29 | 0x1234567;
}
std::uint32_t one_home(std::uint32_t) {
  return 0x80000000;
}
// Homes in the last slot or two: every run goes around the end.
std::uint32_t at_the_end(std::uint32_t key) {
  return ~(spread(key) >> 8);
}
std::uint32_t at_both_ends(std::uint32_t key) {
  return key % 2 == 0 ? spread(key) >> 6 : ~(spread(key) >> 6);
}
// A quarter of the items around the end, the others anywhere.
std::uint32_t crowded_end(std::uint32_t key) {
  return key % 4 == 0 ? ~(spread(key) >> 10) : spread(key);
}
std::uint32_t in_order(std::uint32_t key) {
  return key << 20;
}

struct Hash {
  const char* name;
  HashOfKey of;
};
constexpr Hash hashes[] = {
    {"spread", spread},         {"few homes", few_homes},       {"one home", one_home},
    {"at the end", at_the_end}, {"at both ends", at_both_ends}, {"crowded end", crowded_end},
    {"in order", in_order}};

class Run {
 public:
  Run(HashOfKey hash, std::uint64_t seed, std::uint32_t size_max)
      : hash_(hash), random_(seed), size_max_(size_max) {}

  // Fills and empties the table again and again, with a full check after each operation, or after
  // one in `check_interval`.
  void operate(std::size_t operation_count, std::uint32_t check_interval) {
    for (std::size_t i = 0; i < operation_count && !testing::Test::HasFatalFailure(); ++i) {
      if (random_.below(2 * size_max_) == 0) target_ = random_.below(size_max_ + 1);
      operate_once();
      check_memory();
      if (i % check_interval == 0) check_all();
    }
    check_all();
    empty();
  }

 private:
  auto hasher() {
    return [this](const Item& item) { return hash_(item.key); };
  }

  void operate_once() {
    const std::uint32_t kind = random_.below(100);
    if (kind < 2) {
      shrink();
    } else if (kind < 6) {
      table_.settle(random_.below(60), hasher());
    } else if ((kind < 75) == (model_.size() < target_)) {
      insert(1 + random_.below(4 * size_max_));
    } else {
      erase(1 + random_.below(4 * size_max_));
    }
  }

  Item* find(std::uint32_t key) {
    return table_.find(hash_(key), [key](const Item& item) { return item.key == key; });
  }

  void insert(std::uint32_t key) {
    if (model_.contains(key)) return;
    ASSERT_EQ(find(key), nullptr);
    const auto value = static_cast<std::uint32_t>(random_.next());
    const Item& placed = table_.insert(hash_(key), {key, value}, hasher());
    model_[key] = value;
    peak_ = std::max(peak_, table_.size());
    ASSERT_EQ(&placed, find(key));
    ASSERT_EQ(placed.value, value);
    const auto is_it = [key](const Item& item) { return item.key == key; };
    const auto [found, is_new] = table_.find_or_insert(hash_(key), {key, 0}, is_it, hasher());
    ASSERT_FALSE(is_new);
    ASSERT_EQ(found->value, value);
  }

  void erase(std::uint32_t key) {
    Item* const item = find(key);
    ASSERT_EQ(item != nullptr, model_.erase(key) == 1);
    if (item == nullptr) return;
    table_.erase(*item, hasher());
    ASSERT_EQ(find(key), nullptr);
  }

  void shrink() {
    table_.shrink(hasher());
    if (random_.below(2) > 0) return;
    while (table_.settle(1 + random_.below(100), hasher()) || table_.shrink(hasher())) continue;
    ASSERT_FALSE(table_.is_resizing());
    const auto fitting = std::max(Item::table_shape.slots_min, table_.size() * 100 / 45 + 1);
    ASSERT_LE(table_.slot_count(), model_.empty() ? 0 : fitting);
    peak_ = table_.slot_count() * 75 / 100;
  }

  // Never larger than one growth beyond what the most items since the last shrinking needed.
  void check_memory() {
    const std::uint64_t needed = std::uint64_t{peak_} * 100 / 75 + 1;
    ASSERT_LE(table_.slot_count(), std::max<std::uint64_t>(8, needed + needed / 4 + 1));
    ASSERT_LE(std::uint64_t{table_.size()} * 100, std::uint64_t{table_.slot_count()} * 75);
  }

  void check_all() {
    ASSERT_EQ(table_.size(), model_.size());
    ASSERT_EQ(table_.slots().size(), table_.slot_count());
    std::size_t item_count = 0;
    for (const Item& item : table_.slots()) {
      if (item.is_free()) continue;
      ++item_count;
      const auto known = model_.find(item.key);
      ASSERT_NE(known, model_.end()) << item.key;
      ASSERT_EQ(item.value, known->second);
      ASSERT_EQ(find(item.key), &item) << item.key << " of " << table_.size();
    }
    ASSERT_EQ(item_count, model_.size()) << "each is found where it is, so none is there twice";
    ASSERT_EQ(find(4 * size_max_ + 1), nullptr);
    table_.check_invariants(hasher());
  }

  // As a cleaning does it: a scan that erases some and looks again at the same place sees all.
  void empty() {
    for (const std::uint32_t divisor : {2U, 1U}) {
      for (std::uint32_t at = 0; at < table_.slot_count();) {
        Item& item = table_.slots()[at];
        if (item.is_free() || item.key % divisor != 0) {
          ++at;
          continue;
        }
        ASSERT_EQ(model_.erase(item.key), 1U);
        table_.erase(item, hasher());
      }
      for (const auto& [key, value] : model_) ASSERT_NE(key % divisor, 0U) << "missed";
      check_all();
    }
    while (table_.shrink(hasher())) continue;
    ASSERT_EQ(table_.slot_count(), 0U);
    ASSERT_EQ(table_.size(), 0U);
  }

  HashOfKey hash_;
  Random random_;
  std::uint32_t size_max_;
  std::uint32_t target_ = 0;
  std::uint32_t peak_ = 0;
  // Gives back so little at a time that even small ones take steps.
  OpenTable<Item, 10 * sizeof(Item)> table_;
  std::unordered_map<std::uint32_t, std::uint32_t> model_;
};

void run(const Hash& hash, std::uint32_t size_max, std::size_t operation_count,
         std::uint32_t check_interval) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(testing::Message() << hash.name << ", up to " << size_max << ", seed " << seed);
    Run(hash.of, seed, size_max).operate(test::scaled(operation_count), check_interval);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(OpenTable, EveryItemIsFoundAfterEachOperation) {
  for (const Hash& hash : hashes) {
    for (const std::uint32_t size_max : {1U, 2U, 5U, 6U, 7U, 12U, 30U}) {
      run(hash, size_max, 4'000, 1);
    }
    run(hash, 200, 5'000, hash.of == spread || hash.of == crowded_end ? 1 : 10);
  }
}

TEST(OpenTable, EveryItemIsFoundInLargerTables) {
  run(hashes[5], 500, 10'000, 100);
  run(hashes[0], 1'000, 30'000, 30);
  run(hashes[0], 5'000, 100'000, 1'000);
  run(hashes[0], 100'000, 500'000, 100'000);
}

TEST(OpenTable, IsEmptyAtFirst) {
  OpenTable<Item> table;
  const auto hash_of = [](const Item& item) { return spread(item.key); };
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.slots().empty());
  EXPECT_EQ(table.find(7, [](const Item&) { return true; }), nullptr);
  table.shrink(hash_of);
  EXPECT_FALSE(table.settle(100, hash_of));
  EXPECT_EQ(table.slot_count(), 0U);
}

// What one call does is bounded, however large the table is. Hashes are what moving costs.
class Cost {
  // Checks of the table get it as const, and are not counted.
  struct Counting {
    std::uint32_t& count;
    std::uint32_t operator()(const Item& item) {
      ++count;
      return spread(item.key);
    }
    std::uint32_t operator()(const Item& item) const { return spread(item.key); }
  };
  Counting counting() { return {count_}; }

 public:
  void insert(std::uint32_t key) {
    table_.insert(spread(key), {key, 1}, counting());
    look();
  }
  void erase(std::uint32_t key) {
    table_.erase(*table_.find(spread(key), [key](const Item& item) { return item.key == key; }),
                 counting());
    look();
  }
  bool shrink() {
    const bool more = table_.shrink(counting());
    look();
    return more;
  }
  bool settle() {
    const bool more = table_.settle(24, counting());
    look();
    return more;
  }
  std::uint32_t largest() const { return largest_; }
  std::uint32_t most_given_back() const { return most_given_back_; }
  std::uint32_t slot_count() const { return table_.slot_count(); }

 private:
  void look() {
    largest_ = std::max(largest_, count_);
    count_ = 0;
    if (table_.slot_count() < slot_count_) {
      most_given_back_ = std::max(most_given_back_, slot_count_ - table_.slot_count());
    }
    slot_count_ = table_.slot_count();
  }

  OpenTable<Item> table_;
  std::uint32_t count_ = 0;
  std::uint32_t largest_ = 0;
  std::uint32_t slot_count_ = 0;
  std::uint32_t most_given_back_ = 0;
};

TEST(OpenTable, NoCallMovesOrGivesBackMoreThanALittle) {
  const auto size = static_cast<std::uint32_t>(test::scaled(300'000));
  const auto give_back = [](Cost& cost) {
    while (cost.settle() || cost.shrink()) continue;
  };
  Cost cost;
  for (std::uint32_t key = 1; key <= size; ++key) cost.insert(key);
  EXPECT_LT(cost.largest(), 400U) << "24 slots, and the run in which they end";
  const std::uint32_t full = cost.slot_count();
  for (std::uint32_t key = 1; key <= size; ++key) {
    if (key % 10 != 0) cost.erase(key);
  }
  give_back(cost);
  EXPECT_LT(cost.slot_count(), full / 5);
  for (std::uint32_t key = 10; key <= size; key += 10) cost.erase(key);
  give_back(cost);
  EXPECT_EQ(cost.slot_count(), 0U);
  EXPECT_LT(cost.largest(), 400U);
  EXPECT_LE(cost.most_given_back(), OpenTable<Item>::slots_given_back_max);
}

// Who grows a table that has just begun to shrink does not pay for all of it at once.
TEST(OpenTable, ShrinkingIsDoneBeforeTheNextGrowth) {
  const auto size = static_cast<std::uint32_t>(test::scaled(300'000));
  for (const std::uint32_t divisor : {3U, 10U, 1'000U}) {
    SCOPED_TRACE(divisor);
    Cost cost;
    for (std::uint32_t key = 1; key <= size; ++key) cost.insert(key);
    for (std::uint32_t key = 1; key <= size; ++key) {
      if (key % divisor != 0) cost.erase(key);
    }
    while (cost.settle()) continue;
    EXPECT_TRUE(cost.shrink());
    for (std::uint32_t key = size + 1; key <= 2 * size; ++key) cost.insert(key);
    EXPECT_LT(cost.largest(), 400U);
    EXPECT_LE(cost.most_given_back(), OpenTable<Item>::slots_given_back_max);
  }
}

}  // namespace
}  // namespace gyre
