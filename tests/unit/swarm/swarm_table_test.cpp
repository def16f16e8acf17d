#include "common/swarm/swarm_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

using Table = SwarmTable<Ipv4Address>;

InfoHash torrent(std::uint32_t number) {
  InfoHash info_hash;
  store_be(info_hash.bytes.data() + 16, number);
  return info_hash;
}

// Marks an entry's swarm with as many peers, so that a mix-up of entries is seen.
void mark(Table::Entry& entry, std::uint32_t peer_count) {
  Random random(1);
  for (std::uint32_t i = 0; i < peer_count; ++i) {
    entry.swarm.announce({.peer = {{}, static_cast<std::uint16_t>(i + 1)}}, 0, random, {}, {});
  }
}

std::uint32_t mark_of(std::uint32_t number) {
  return number % 4;
}

using Model = std::map<std::uint32_t, std::uint64_t>;  // number of the torrent, its hash

void check_all(Table& table, const Model& model, std::uint32_t population,
               std::uint64_t (*hash)(std::uint32_t)) {
  ASSERT_EQ(table.size(), model.size());
  for (std::uint32_t number = 0; number < population; ++number) {
    Table::Entry* entry = table.find(hash(number), torrent(number));
    ASSERT_EQ(entry != nullptr, model.contains(number)) << number;
    if (entry == nullptr) continue;
    ASSERT_EQ(entry->info_hash, torrent(number));
    ASSERT_EQ(entry->swarm.peer_count(), mark_of(number));
  }
  std::set<InfoHash> walked;
  for (std::size_t i = 0; i < table.capacity(); ++i) {
    const Table::Entry* entry = table.at(i);
    ASSERT_TRUE(entry == nullptr || walked.insert(entry->info_hash).second);
  }
  ASSERT_EQ(walked.size(), model.size());
}

// Hashes as bad as they come: entries must stay findable through every chain that they make.
struct HashCase {
  const char* name;
  std::uint64_t (*hash)(std::uint32_t);
};

const HashCase hash_cases[] = {
    {"all the same, at the beginning", [](std::uint32_t) { return std::uint64_t{0}; }},
    {"all the same, at the end", [](std::uint32_t) { return ~std::uint64_t{0}; }},
    {"both ends", [](std::uint32_t number) { return number % 2 == 0 ? 0 : ~std::uint64_t{0}; }},
    {"differing in what the table does not see",
     [](std::uint32_t number) { return std::uint64_t{number} | 0x7000'0000'0000'0000; }},
    {"differing in the bit that is always set",
     [](std::uint32_t number) { return std::uint64_t{number % 2} << 32; }},
    {"eight neighbouring homes at the end",
     [](std::uint32_t number) { return ~(std::uint64_t{number % 8} << 58); }},
    {"good ones", [](std::uint32_t number) { return Random(number).next(); }},
};

std::size_t index_of(Table& table, const InfoHash& info_hash) {
  std::size_t index = 0;
  while (table.at(index) == nullptr || table.at(index)->info_hash != info_hash) ++index;
  return index;
}

void run_random_operations(const HashCase& row, std::uint32_t population) {
  Random random(population);
  Table table;
  Model model;
  std::uint32_t growth = 80;  // per cent of insertions
  for (std::size_t i = 0; i < test::scaled(3000); ++i) {
    if (i % 500 == 0) growth = i % 1000 == 0 ? 80 : 15;
    const std::uint32_t number = random.below(population);
    if (random.below(100) < growth) {
      Table::Entry& entry = table.find_or_insert(row.hash(number), torrent(number));
      if (model.emplace(number, row.hash(number)).second) mark(entry, mark_of(number));
    } else if (model.erase(number) == 1) {
      table.erase(index_of(table, torrent(number)));
    }
    if (random.below(50) == 0) table.shrink();
    check_all(table, model, population, row.hash);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(SwarmTable, FindsNothingInNothing) {
  Table table;
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.capacity(), 0U);
  EXPECT_EQ(table.find(0, torrent(0)), nullptr);
  table.shrink();
  EXPECT_EQ(table.capacity(), 0U);
}

TEST(SwarmTable, InsertsOnce) {
  Table table;
  const auto* entry = &table.find_or_insert(5, torrent(1));
  EXPECT_EQ(&table.find_or_insert(5, torrent(1)), entry);
  EXPECT_EQ(table.size(), 1U);
}

TEST(SwarmTable, AgreesWithTheModelUnderTheWorstHashes) {
  for (const HashCase& row : hash_cases) {
    for (const std::uint32_t population : {3U, 12U, 60U}) {
      SCOPED_TRACE(row.name);
      run_random_operations(row, population);
    }
  }
}

TEST(SwarmTable, GivesMemoryBackAndKeepsWhatIsLeft) {
  constexpr std::uint32_t count = 10'000;
  const auto hash = [](std::uint32_t number) { return Random(number).next(); };
  Table table;
  Model model;
  for (std::uint32_t number = 0; number < count; ++number) {
    mark(table.find_or_insert(hash(number), torrent(number)), mark_of(number));
    if (number < 10) model.emplace(number, hash(number));
  }
  const std::size_t capacity_max = table.capacity();
  EXPECT_LE(4 * count, 3 * capacity_max) << "at most three quarters are in use";
  for (std::size_t index = 0; index < table.capacity();) {
    const Table::Entry* entry = table.at(index);
    const bool goes = entry != nullptr && entry->info_hash >= torrent(10);
    goes ? table.erase(index) : void(++index);
  }
  EXPECT_EQ(table.capacity(), capacity_max) << "not in the middle of a walk";
  table.shrink();
  EXPECT_LE(table.capacity(), 32U);
  check_all(table, model, count, hash);
}

// A walk by index that erases sees every entry, though erasing moves others.
TEST(SwarmTable, AWalkThatErasesSeesAll) {
  for (const HashCase& row : hash_cases) {
    SCOPED_TRACE(row.name);
    for (std::uint32_t count = 1; count < 50; ++count) {
      Table table;
      for (std::uint32_t number = 0; number < count; ++number) {
        table.find_or_insert(row.hash(number), torrent(number));
      }
      std::set<InfoHash> seen;
      for (std::size_t index = 0; index < table.capacity();) {
        const Table::Entry* entry = table.at(index);
        if (entry == nullptr) {
          ++index;
          continue;
        }
        EXPECT_TRUE(seen.insert(entry->info_hash).second);
        table.erase(index);
      }
      EXPECT_EQ(seen.size(), count);
      EXPECT_EQ(table.size(), 0U);
    }
  }
}

}  // namespace
}  // namespace gyre::swarm
