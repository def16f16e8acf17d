#include "common/process/workers.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <stdexcept>

namespace gyre::process {
namespace {

using Result = std::expected<void, std::string>;

std::unique_ptr<WorkerGroup> make_group() {
  auto group = WorkerGroup::create();
  EXPECT_TRUE(group) << group.error();
  return std::move(*group);
}

void start(WorkerGroup& group, const std::string& name, WorkerGroup::Body body) {
  const auto started = group.start(name, std::move(body));
  ASSERT_TRUE(started) << started.error();
}

bool ends_within(const WorkerGroup& group, int timeout_ms) {
  pollfd watched{group.ended_fd(), POLLIN, 0};
  return poll(&watched, 1, timeout_ms) == 1;
}

// Waits as real workers do: for a descriptor that the stop request makes readable.
Result wait_for_stop(const std::stop_token& stop) {
  const auto wake = EventFd::create();
  if (!wake) return std::unexpected(wake.error());
  const std::stop_callback wake_up(stop, [&] { wake->signal(); });
  pollfd watched{wake->fd(), POLLIN, 0};
  if (poll(&watched, 1, 20'000) != 1) return std::unexpected("was never woken");
  return {};
}

TEST(WorkerGroup, StopsOnRequest) {
  const auto group = make_group();
  for (const char* name : {"a", "b", "c"}) start(*group, name, wait_for_stop);
  EXPECT_FALSE(ends_within(*group, 0));
  group->request_stop();
  group->join();
  EXPECT_TRUE(ends_within(*group, 0));
  EXPECT_TRUE(group->failures().empty());
}

TEST(WorkerGroup, ReportsWhyAWorkerEnded) {
  struct Case {
    const char* name;
    WorkerGroup::Body body;
    std::string failure;
  };
  const Case cases[] = {
      {"error", [](const std::stop_token&) -> Result { return std::unexpected("out of slots"); },
       "error: out of slots"},
      {"throws", [](const std::stop_token&) -> Result { throw std::runtime_error("bad luck"); },
       "throws: exception: bad luck"},
      {"throws-int", [](const std::stop_token&) -> Result { throw 1; },
       "throws-int: exception of an unknown type"},
      {"returns", [](const std::stop_token&) -> Result { return {}; },
       "returns: ended unexpectedly"},
  };
  for (const Case& row : cases) {
    SCOPED_TRACE(row.name);
    const auto group = make_group();
    start(*group, "other", wait_for_stop);
    start(*group, row.name, row.body);
    EXPECT_TRUE(ends_within(*group, 20'000));
    EXPECT_EQ(group->failures(), std::vector<std::string>{row.failure});
    group->request_stop();
    group->join();
    EXPECT_EQ(group->failures(), std::vector<std::string>{row.failure});
  }
}

TEST(WorkerGroup, ReportsFailuresDuringTheStop) {
  const auto group = make_group();
  start(*group, "late", [](const std::stop_token& stop) -> Result {
    if (const auto result = wait_for_stop(stop); !result) return result;
    return std::unexpected("could not save");
  });
  group->request_stop();
  group->join();
  EXPECT_EQ(group->failures(), std::vector<std::string>{"late: could not save"});
}

TEST(WorkerGroup, NamesItsThreads) {
  const auto group = make_group();
  std::array<char, 16> name{};
  start(*group, "udp-3", [&](const std::stop_token& stop) {
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return wait_for_stop(stop);
  });
  group->request_stop();
  group->join();
  EXPECT_STREQ(name.data(), "udp-3");
}

TEST(WorkerGroup, DestructionStopsAndJoins) {
  std::atomic<int> ended_count = 0;
  {
    const auto group = make_group();
    for (const char* name : {"a", "b"}) {
      start(*group, name, [&](const std::stop_token& stop) {
        const Result result = wait_for_stop(stop);
        ++ended_count;
        return result;
      });
    }
  }
  EXPECT_EQ(ended_count, 2);
}

}  // namespace
}  // namespace gyre::process
