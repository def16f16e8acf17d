// The threads of a tracker, with workers that only wait.
#include "common/tracker/core.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>

namespace gyre::tracker {
namespace {

Result wait_for(int stop_fd) {
  pollfd watched{.fd = stop_fd, .events = POLLIN, .revents = 0};
  if (poll(&watched, 1, 60'000) == 1) return {};
  return std::unexpected("nobody stopped me");
}

TEST(Core, CreatesAllWorkersBeforeAnyServes) {
  std::atomic<int> made = 0;
  std::atomic<int> made_when_serving = 0;
  std::atomic<int> stopped = 0;
  Core core("test", 3, {}, {}, {});
  ASSERT_TRUE(
      core.start_workers([&](std::size_t, int stop_fd) -> std::expected<Core::Loop, std::string> {
        ++made;
        return [&, stop_fd]() -> Result {
          made_when_serving += made;
          auto waited = wait_for(stop_fd);
          if (waited) ++stopped;
          return waited;
        };
      }));
  EXPECT_EQ(made, 3);
  core.serve();
  core.stop();
  EXPECT_EQ(made_when_serving, 9);
  EXPECT_EQ(stopped, 3);
  EXPECT_TRUE(core.workers().failures().empty());
}

TEST(Core, FailsIfAWorkerCannotBeCreated) {
  std::atomic<int> served = 0;
  Core core("test", 3, {}, {}, {});
  const auto started = core.start_workers(
      [&](std::size_t index, int stop_fd) -> std::expected<Core::Loop, std::string> {
        if (index == 1) return std::unexpected("no ring");
        return [&, stop_fd] {
          ++served;
          return wait_for(stop_fd);
        };
      });
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), "worker 1: no ring");
  core.stop();
  EXPECT_EQ(served, 2);
}

TEST(Core, KeepsTheAccessListIfTheFileIsMissing) {
  Core core("test", 3, {}, {.mode = AccessMode::allow, .path = "/nowhere/list.txt"}, {});
  const auto loaded = core.load_lists();
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().find("/nowhere/list.txt"), std::string::npos);
  EXPECT_EQ(core.access_list().version(), 0u);
}

TEST(AnnounceUrl, ReplacesWildcards) {
  EXPECT_EQ(announce_url("udp", *net::socket_address_from("0.0.0.0:3000")),
            "udp://YOUR-HOST:3000/announce");
  EXPECT_EQ(announce_url("https", *net::socket_address_from("[2001:db8::1]:443")),
            "https://[2001:db8::1]:443/announce");
}

}  // namespace
}  // namespace gyre::tracker
