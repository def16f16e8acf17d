#include "load-test/udp/window.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "common/base/random.hpp"

namespace gyre::load_test::udp {
namespace {

Request sent_at(std::uint64_t sent_ns) {
  return {.kind = Kind::announce, .scrape_count = 0, .due_ns = sent_ns, .sent_ns = sent_ns};
}

TEST(Window, AResponseFindsItsRequestOnce) {
  Window window(4);
  const auto id =
      window.open({.kind = Kind::scrape, .scrape_count = 9, .due_ns = 100, .sent_ns = 120});
  EXPECT_EQ(window.in_flight(), 1U);
  const auto closed = window.close(id);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->kind, Kind::scrape);
  EXPECT_EQ(closed->scrape_count, 9);
  EXPECT_EQ(closed->due_ns, 100U);
  EXPECT_EQ(window.in_flight(), 0U);
  EXPECT_EQ(window.close(id), std::unexpected(Count::unknown_transaction));
}

TEST(Window, HoldsAsManyAsItsCapacity) {
  for (const std::uint32_t capacity : {1U, 5U, Window::capacity_max}) {
    Window window(capacity);
    std::set<gyre::udp::TransactionId> ids;
    while (window.room() > 0) ids.insert(window.open({}));
    EXPECT_EQ(ids.size(), capacity);
    EXPECT_EQ(window.in_flight(), capacity);
    for (const auto id : ids) EXPECT_TRUE(window.close(id));
    EXPECT_EQ(window.room(), capacity);
  }
}

TEST(Window, InventedIdsAreUnknown) {
  Window window(3);
  const auto id = window.open({});
  for (gyre::udp::TransactionId other :
       {id + 1, id + 3, id + Window::capacity_max, ~id, 0U, 1U, ~0U}) {
    EXPECT_EQ(window.close(other), std::unexpected(Count::unknown_transaction)) << other;
  }
  EXPECT_TRUE(window.close(id));
}

TEST(Window, ExpiredRequestsAreGivenUpAndTheirResponsesAreLate) {
  Window window(3);
  const auto old = window.open(sent_at(10));
  const auto recent = window.open(sent_at(20));
  EXPECT_EQ(window.expire(20), 1U);
  EXPECT_EQ(window.in_flight(), 1U);
  EXPECT_EQ(window.expire(20), 0U);
  EXPECT_EQ(window.close(old), std::unexpected(Count::late));
  EXPECT_EQ(window.close(old), std::unexpected(Count::unknown_transaction))
      << "only one response is late";
  EXPECT_TRUE(window.close(recent));
}

TEST(Window, ALateResponseDoesNotCloseTheNextRequestOfItsSlot) {
  Window window(1);
  const auto old = window.open(sent_at(10));
  EXPECT_EQ(window.expire(11), 1U);
  const auto next = window.open(sent_at(20));
  EXPECT_NE(old, next);
  EXPECT_EQ(window.close(old), std::unexpected(Count::late));
  EXPECT_EQ(window.in_flight(), 1U);
  EXPECT_TRUE(window.close(next));
}

// A request that was sent late, as its intended time shows, still gets its time.
TEST(Window, TimeRunsFromTheSending) {
  Window window(1);
  window.open({.kind = Kind::connect, .scrape_count = 0, .due_ns = 1, .sent_ns = 100});
  EXPECT_EQ(window.expire(100), 0U);
  EXPECT_EQ(window.expire(101), 1U);
}

TEST(Window, AgreesWithAModelOverRandomOperations) {
  Random random(1);
  Window window(50);
  std::map<gyre::udp::TransactionId, std::uint64_t> model;  // sent_ns of what is in flight
  for (std::uint64_t now = 1; now < 100'000; ++now) {
    const auto draw = random.below(100);
    if (draw < 50 && window.room() > 0) {
      EXPECT_TRUE(model.emplace(window.open(sent_at(now)), now).second);
    } else if (draw < 95 && !model.empty()) {
      const auto at =
          std::next(model.begin(), random.below(static_cast<std::uint32_t>(model.size())));
      const auto closed = window.close(at->first);
      ASSERT_TRUE(closed);
      EXPECT_EQ(closed->sent_ns, at->second);
      model.erase(at);
    } else if (draw >= 95) {
      const std::uint64_t limit = now - random.below(100);
      EXPECT_EQ(window.expire(limit),
                std::erase_if(model, [&](const auto& entry) { return entry.second < limit; }));
    }
    ASSERT_EQ(window.in_flight(), model.size());
    ASSERT_EQ(window.room(), 50 - model.size());
  }
}

}  // namespace
}  // namespace gyre::load_test::udp
