#include "common/process/logging.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <string>

namespace gyre::process {
namespace {

// Captures standard error, which is not a terminal meanwhile.
std::string logged_at(std::string_view level, const std::function<void()>& log) {
  testing::internal::CaptureStderr();
  const auto result = set_up_logging(level);
  if (result) log();
  const std::string output = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(result) << result.error();
  return output;
}

TEST(Logging, WritesTimeAndLevel) {
  std::string output = logged_at("info", [] { spdlog::info("{} workers", 4); });
  const std::string shape = "0000-00-00T00:00:00.000+00:00 info: 0 workers\n";
  ASSERT_EQ(output.size(), shape.size()) << output;
  if (output[shape.find('+')] == '-') output[shape.find('+')] = '+';  // west of Greenwich
  std::ranges::replace_if(output, [](char c) { return c >= '0' && c <= '9'; }, '0');
  EXPECT_EQ(output, shape);
}

TEST(Logging, FiltersByLevel) {
  struct Case {
    const char* level;
    std::size_t line_count;
  };
  const Case cases[] = {{"trace", 6}, {"debug", 5}, {"info", 4},
                        {"warn", 3},  {"error", 2}, {"off", 0}};
  for (const Case& row : cases) {
    const std::string output = logged_at(row.level, [] {
      spdlog::trace("a");
      spdlog::debug("a");
      spdlog::info("a");
      spdlog::warn("a");
      spdlog::error("a");
      spdlog::critical("a");
    });
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(output, '\n')), row.line_count)
        << row.level << ":\n"
        << output;
  }
}

TEST(Logging, UnknownLevelListsTheLevels) {
  const auto result = set_up_logging("loud");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().find("\"loud\""), std::string::npos);
  EXPECT_NE(result.error().find("warn"), std::string::npos);
}

}  // namespace
}  // namespace gyre::process
