// Trackers share metric names, and one process may serve several protocols: a name has one help.
#include <gtest/gtest.h>

#include <map>

#include "common/connection/counters.hpp"
#include "http/counters.hpp"
#include "udp/counters.hpp"
#include "ws/counters.hpp"

namespace gyre::metrics {
namespace {

template <class Rows>
void expect_same_help(std::map<std::string_view, std::string_view>& known, const Rows& rows) {
  for (const auto& row : rows) {
    if (row.help.empty()) continue;
    const auto [entry, is_new] = known.emplace(row.name, row.help);
    EXPECT_TRUE(is_new || entry->second == row.help) << row.name;
  }
}

TEST(SharedNames, HaveOneHelp) {
  std::map<std::string_view, std::string_view> known;
  expect_same_help(known, udp::counter_rows);
  expect_same_help(known, http::counter_rows);
  expect_same_help(known, http::worker_counter_rows);
  expect_same_help(known, ws::counter_rows);
  expect_same_help(known, ws::worker_counter_rows);
  expect_same_help(known, connection::counter_rows);
  expect_same_help(known, page_counter_rows);
  EXPECT_GT(known.size(), 30U);
}

}  // namespace
}  // namespace gyre::metrics
