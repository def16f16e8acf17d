// Real signals, sent to this process.
#include "common/process/signals.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <thread>

#include "common/process/supervisor.hpp"

namespace gyre::process {
namespace {

class SignalsTest : public testing::Test {
 protected:
  void SetUp() override {
    block_signals();
    auto signals = SignalFd::create();
    ASSERT_TRUE(signals) << signals.error();
    signals_ = std::make_unique<SignalFd>(std::move(*signals));
    while (signals_->next()) {
    }
  }

  std::unique_ptr<SignalFd> signals_;
};

TEST_F(SignalsTest, ReadsEachOfTheFour) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
    ASSERT_EQ(kill(getpid(), signal), 0);
    EXPECT_EQ(signals_->next(), signal);
    EXPECT_EQ(signals_->next(), std::nullopt);
  }
}

TEST_F(SignalsTest, ThreadsInheritTheMask) {
  std::thread([&] {
    ASSERT_EQ(kill(getpid(), SIGHUP), 0);
    EXPECT_EQ(signals_->next(), SIGHUP);
  }).join();
}

TEST_F(SignalsTest, WritingToAClosedPipeIsOnlyAnError) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const Fd writer(ends[1]);
  Fd(ends[0]).reset();
  EXPECT_EQ(write(writer.get(), "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST_F(SignalsTest, EventsDistinguishStopAndReload) {
  const auto workers = WorkerGroup::create();
  ASSERT_TRUE(workers) << workers.error();
  struct Case {
    int signal;
    Event event;
  };
  const Case cases[] = {{SIGTERM, Event::stop},
                        {SIGHUP, Event::reload},
                        {SIGINT, Event::stop},
                        {SIGUSR1, Event::reload}};
  for (const Case& row : cases) {
    ASSERT_EQ(kill(getpid(), row.signal), 0);
    EXPECT_EQ(wait_for_event(*signals_, **workers), row.event) << row.signal;
  }
}

TEST_F(SignalsTest, WaitingEndsWithASignal) {
  const auto workers = WorkerGroup::create();
  ASSERT_TRUE(workers) << workers.error();
  std::thread sender([] { kill(getpid(), SIGHUP); });
  EXPECT_EQ(wait_for_event(*signals_, **workers), Event::reload);
  sender.join();
}

TEST_F(SignalsTest, WaitingTimesOut) {
  const auto workers = WorkerGroup::create();
  ASSERT_TRUE(workers) << workers.error();
  EXPECT_EQ(wait_for_event(*signals_, **workers, std::chrono::milliseconds(1)), std::nullopt);
  ASSERT_EQ(kill(getpid(), SIGTERM), 0);
  EXPECT_EQ(wait_for_event(*signals_, **workers, std::chrono::milliseconds(1)), Event::stop);
}

TEST_F(SignalsTest, AnEndedWorkerIsReportedFirst) {
  const auto workers = WorkerGroup::create();
  ASSERT_TRUE(workers) << workers.error();
  const auto started =
      (*workers)->start("udp-0", [](const std::stop_token&) -> std::expected<void, std::string> {
        return std::unexpected("the ring is gone");
      });
  ASSERT_TRUE(started) << started.error();
  (*workers)->join();
  ASSERT_EQ(kill(getpid(), SIGHUP), 0);
  EXPECT_EQ(wait_for_event(*signals_, **workers), Event::worker_ended);
  EXPECT_EQ(wait_for_event(*signals_, **workers), Event::worker_ended);
  EXPECT_EQ((*workers)->failures(), std::vector<std::string>{"udp-0: the ring is gone"});
}

}  // namespace
}  // namespace gyre::process
