#include "common/metrics/counters.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace gyre::metrics {
namespace {

enum class Counter : std::size_t { connects, announces, dropped };
using Row = CounterRow<Counter>;

constexpr auto table = std::to_array<Row>({
    {Counter::connects, "requests_total", "Requests.", R"(type="connect")"},
    {Counter::announces, "requests_total", "", R"(type="announce")"},
    {Counter::dropped, "dropped_total", "Dropped.", ""},
});

using Block = CounterBlock<table.size()>;

static_assert(is_valid_table(table));
static_assert(alignof(Block) == cache_line_size);

constexpr Row a{Counter::connects, "a", "Help.", "x=\"1\""};
static_assert(!is_valid_table(std::to_array<Row>({{Counter::dropped, "a", "Help.", ""}})),
              "ids are indices");
static_assert(!is_valid_table(std::to_array<Row>({{Counter::connects, "", "Help.", ""}})),
              "a name is needed");
static_assert(!is_valid_table(std::to_array<Row>({{Counter::connects, "a", "", ""}})),
              "help is needed");
static_assert(!is_valid_table(std::to_array<Row>({a, {Counter::announces, "a", "Help.", ""}})),
              "help is said once");
static_assert(!is_valid_table(std::to_array<Row>({a, {Counter::announces, "a", "", a.labels}})),
              "labels differ");
static_assert(!is_valid_table(std::to_array<Row>({a,
                                                  {Counter::announces, "b", "Help.", ""},
                                                  {Counter::dropped, "a", "Help.", ""}})),
              "rows of one name stand together");

TEST(CounterBlock, CountsByEnumeratorAndByIndex) {
  Block block;
  block.inc(Counter::announces);
  block.inc(Counter::announces, 41);
  block.inc(std::size_t{2}, 7);
  EXPECT_EQ(block.value(Counter::connects), 0U);
  EXPECT_EQ(block.value(Counter::announces), 42U);
  EXPECT_EQ(block.value(Counter::dropped), 7U);
}

TEST(CounterBlock, IsAddedToTotals) {
  std::array<Block, 3> blocks;
  for (Block& block : blocks) block.inc(Counter::connects, 5);
  blocks[1].inc(Counter::dropped);
  Block::Totals totals{};
  for (const Block& block : blocks) block.add_to(totals);
  EXPECT_EQ(totals, (Block::Totals{15, 0, 1}));
}

TEST(FamilyCounterBlock, KeepsFamiliesApart) {
  FamilyCounterBlock<2> block;
  block.count(Counter::announces, Family::ipv6, 3);
  block.count(Counter::announces, Family::ipv4);
  FamilyCounterBlock<2>::Totals totals{};
  block.add_to(totals);
  EXPECT_EQ(totals, (FamilyCounterBlock<2>::Totals{0, 0, 1, 3}));
}

TEST(CounterBlock, CanBeReadWhileItsWriterCounts) {
  constexpr std::uint64_t end = 100'000;
  Block block;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < end; ++i) block.inc(Counter::connects);
  });
  std::uint64_t last = 0;
  while (last < end) {
    const std::uint64_t now = block.value(Counter::connects);
    ASSERT_GE(now, last);
    last = now;
  }
  writer.join();
  EXPECT_EQ(last, end);
}

}  // namespace
}  // namespace gyre::metrics
