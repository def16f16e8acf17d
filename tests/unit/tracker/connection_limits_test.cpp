#include "common/tracker/connection_limits.hpp"

#include <gtest/gtest.h>

#include "common/tls/context.hpp"

namespace gyre::tracker {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;
constexpr std::uint64_t files = 1'000'000;

constexpr ConnectionNeeds plain{.connection_size = 2048, .worker_count = 2, .listener_count = 2};
constexpr ConnectionNeeds secure{
    .connection_size = 2048, .secure = true, .worker_count = 2, .listener_count = 2};

TEST(ConnectionLimits, DependOnMemory) {
  EXPECT_EQ(connection_limits(plain, 512 * mib, files).connections, 512 * mib / (2048 + 4096) / 4);
  EXPECT_EQ(connection_limits(plain, 24 * gib, files).connections, 100'000U);
  EXPECT_EQ(connection_limits(plain, 1, files).connections, 16U);
  const auto unknown = connection_limits(plain, 0, files);
  EXPECT_EQ(unknown.connections, connection_limits(plain, 512 * mib, files).connections);
}

TEST(ConnectionLimits, CountTlsSessions) {
  constexpr std::uint64_t memory = 512 * mib;
  const ConnectionLimits limits = connection_limits(secure, memory, files);
  EXPECT_LT(limits.connections, connection_limits(plain, memory, files).connections);
  EXPECT_EQ(limits.handshakes, 512 * mib / tls::handshake_size() / 16);
  EXPECT_EQ(connection_limits(plain, memory, files).handshakes, 0U);
  EXPECT_EQ(connection_limits(secure, 24 * gib, files).handshakes, 4096U);
  EXPECT_EQ(connection_limits(secure, 1, files).handshakes, 64U);
}

TEST(ConnectionLimits, TogetherLeaveMemoryForSwarms) {
  for (const std::uint64_t memory : {256 * mib, 512 * mib, gib, 8 * gib, 256 * gib}) {
    for (const ConnectionNeeds& needs : {plain, secure}) {
      SCOPED_TRACE(memory);
      const auto limits = connection_limits(needs, memory, files);
      EXPECT_LE(limits.memory_needed, memory / 2);
      EXPECT_GT(limits.input_memory, 0U);
      EXPECT_GE(limits.unsent_memory, limits.input_memory);
      EXPECT_GT(limits.mailbox_memory, 0U);
      EXPECT_GT(limits.answers_memory, 0U);
    }
  }
}

TEST(ConnectionLimits, LeaveDescriptorsForOtherFiles) {
  struct Case {
    std::uint64_t files;
    std::uint32_t set;
    std::uint32_t connections;
    bool few;
  };
  const Case cases[] = {
      {120, 64, 120 - 16 - 2 * 6 - 32, true},
      {200, 64, 64, false},
      {1024, 0, 1024 - 16 - 2 * 6 - 64, true},
      {files, 5000, 5000, false},
      {20, 64, 16, true},  // more than there are descriptors: the others are refused
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.files);
    ConnectionNeeds needs = plain;
    needs.configured_connections = c.set;
    const auto limits = connection_limits(needs, 8 * gib, c.files);
    EXPECT_EQ(limits.connections, c.connections);
    EXPECT_EQ(limits.is_limited_by_files, c.few);
  }
}

}  // namespace
}  // namespace gyre::tracker
