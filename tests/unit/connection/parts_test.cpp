// What a server is made of: deadlines, slots and kept input.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "common/base/slot_table.hpp"
#include "common/base/stored_input.hpp"
#include "common/connection/connection_table.hpp"
#include "common/connection/deadline_list.hpp"
#include "common/connection/deadlines.hpp"
#include "common/connection/send_slots.hpp"
#include "common/connection/tokens.hpp"

namespace gyre::connection {
namespace {

TEST(DeadlineList, IsInTheOrderOfSetting) {
  DeadlineList list(100);
  DeadlineLink links[3];
  EXPECT_EQ(list.oldest(), nullptr);
  for (std::uint64_t i = 0; i < 3; ++i) list.append(links[i], i);
  EXPECT_EQ(list.oldest(), &links[0]);
  EXPECT_EQ(links[0].due_ns, 100U);
  EXPECT_EQ(list.set_at(links[2]), 2U);
  EXPECT_EQ(list.after(links[0]), &links[1]);
  EXPECT_EQ(list.after(links[2]), nullptr);
  DeadlineList::remove(links[0]);
  EXPECT_EQ(list.oldest(), &links[1]);
  list.append(links[0], 5);
  EXPECT_EQ(list.after(links[2]), &links[0]);
  DeadlineList::remove(links[2]);
  EXPECT_EQ(list.after(links[1]), &links[0]);
}

TEST(DeadlineList, RemovingWhatIsInNoneDoesNothing) {
  DeadlineList list(100);
  DeadlineLink link;
  DeadlineList::remove(link);
  list.append(link, 1);
  DeadlineList::remove(link);
  DeadlineList::remove(link);
  EXPECT_EQ(list.oldest(), nullptr);
}

TEST(Deadlines, AConnectionWaitsForOneThingAtATime) {
  std::array<std::uint64_t, deadline_count> lengths{};
  lengths.fill(100);
  Deadlines deadlines(lengths);
  ConnectionBase connections[2];
  deadlines.set_time(1000);
  deadlines.set(connections[0], Deadline::request);
  deadlines.set(connections[0], Deadline::idle);
  EXPECT_FALSE(Deadlines::is_waiting_for(connections[0], Deadline::request));
  EXPECT_TRUE(Deadlines::is_waiting_for(connections[0], Deadline::idle));
  EXPECT_EQ(deadlines.oldest(Deadline::request), nullptr);
  deadlines.set_time(1010);
  deadlines.set(connections[1], Deadline::idle);
  EXPECT_EQ(deadlines.oldest(Deadline::idle), &connections[0]);
  EXPECT_EQ(deadlines.oldest(Deadline::idle, 0, &connections[0]), &connections[1]);
  EXPECT_EQ(deadlines.oldest(Deadline::idle, 10), &connections[0]);
  EXPECT_EQ(deadlines.oldest(Deadline::idle, 11), nullptr);
  EXPECT_EQ(deadlines.next_due_ns(), 1100U);
  deadlines.set_time(1100);
  EXPECT_EQ(deadlines.due(Deadline::idle), &connections[0]);
  Deadlines::clear(connections[0]);
  EXPECT_EQ(deadlines.due(Deadline::idle), nullptr);
  deadlines.check_invariants();
}

TEST(ConnectionTable, APlaceIsUsedAgainInAnotherGeneration) {
  ConnectionTable table = ConnectionTable::of<std::string>();
  EXPECT_EQ(table.find(0, 0), nullptr);
  ConnectionBase& first = table.acquire();
  session_of<std::string>(first) = "session";
  EXPECT_EQ(table.used_count(), 1U);
  const std::uint32_t generation = first.generation;
  EXPECT_EQ(table.find(first.index, generation), &first);
  table.release(first);
  EXPECT_EQ(table.find(first.index, generation), nullptr);
  EXPECT_EQ(&table.acquire(), &first);
  EXPECT_EQ(table.find(first.index, generation), nullptr);
  EXPECT_EQ(table.find(first.index, generation + 1), &first);
  for (int i = 0; i < 1000; ++i) table.acquire();
  EXPECT_EQ(table.used_count(), 1001U);
  EXPECT_EQ(session_of<std::string>(table[first.index]), "session") << "it has not moved";
}

TEST(SendSlots, AreLentOnceEach) {
  SendSlots slots(3, 100);
  std::set<std::byte*> places;
  std::optional<SendSlots::Index> last;
  for (int i = 0; i < 3; ++i) {
    last = slots.acquire();
    ASSERT_TRUE(last);
    EXPECT_EQ(slots[*last].size(), 100U);
    places.insert(slots[*last].data());
  }
  EXPECT_EQ(places.size(), 3U);
  EXPECT_FALSE(slots.acquire());
  slots.release(*last);
  EXPECT_EQ(slots.acquire(), last);
}

TEST(SlotTable, ItemsNeverMove) {
  SlotTable<int> table;
  EXPECT_EQ(table.size(), 0U);
  table.grow_beyond(0);
  int* const first = &table[0];
  *first = 7;
  table.grow_beyond(100'000);
  EXPECT_GT(table.size(), 100'000U);
  EXPECT_EQ(&table[0], first);
  EXPECT_EQ(table[0], 7);
  EXPECT_EQ(table[100'000], 0);
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}
std::string text_of(const StoredInput& input) {
  return {reinterpret_cast<const char*>(input.bytes().data()), input.size()};
}

TEST(StoredInput, KeepsWhatWasNotConsumed) {
  InputBudget budget{100'000};
  StoredInput input;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 40), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(input.append(bytes_of(piece), budget));
    expected += piece;
    const std::size_t size =
        std::min<std::size_t>(expected.size(), static_cast<std::size_t>(i % 23));
    input.consume(size, budget);
    expected.erase(0, size);
    EXPECT_EQ(text_of(input), expected);
  }
  input.clear(budget);
  EXPECT_TRUE(input.empty());
  EXPECT_EQ(budget.free_size, 100'000U);
}

TEST(StoredInput, BeyondTheBudgetNothingIsStored) {
  InputBudget budget{1000};
  StoredInput first;
  StoredInput second;
  ASSERT_TRUE(first.append(bytes_of("hello"), budget));
  EXPECT_EQ(budget.free_size, 488U);
  EXPECT_FALSE(second.append(bytes_of("hello"), budget));
  EXPECT_FALSE(first.append(bytes_of(std::string(600, 'x')), budget));
  EXPECT_EQ(text_of(first), "hello");
  EXPECT_TRUE(second.append({}, budget)) << "nothing takes no memory";
  first.clear(budget);
  EXPECT_TRUE(second.append(bytes_of("hello"), budget));
  second.clear(budget);
}

TEST(StoredInput, WhatRoomWasReservedForIsStored) {
  InputBudget budget{1300};
  StoredInput input;
  ASSERT_TRUE(input.append(bytes_of(std::string(1000, 'x')), budget));
  input.consume(10, budget);
  EXPECT_FALSE(input.reserve(100, budget));
  EXPECT_TRUE(input.reserve(34, budget));
  EXPECT_TRUE(input.append(bytes_of(std::string(17, 'y')), budget));
  EXPECT_TRUE(input.append(bytes_of(std::string(17, 'z')), budget));
  EXPECT_EQ(text_of(input), std::string(990, 'x') + std::string(17, 'y') + std::string(17, 'z'));
  input.clear(budget);
  EXPECT_TRUE(input.reserve(100, budget));
  input.clear(budget);
  EXPECT_EQ(budget.free_size, 1300U);
}

TEST(Tokens, HaveAllTheirParts) {
  const std::uint64_t token = token_of(Operation::send, 0xffff'fffe, generation_count + 5);
  EXPECT_EQ(operation_of(token), Operation::send);
  EXPECT_EQ(index_of(token), 0xffff'fffeU);
  EXPECT_EQ(generation_of(token), 5U);
}

}  // namespace
}  // namespace gyre::connection
