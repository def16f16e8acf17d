#include "load-test/worker.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gyre::load_test {
namespace {

// Writes a letter for each step, and stops after some turns with requests.
class Recorder final : public Worker {
 public:
  Recorder(const RunConfig& config, const Phase& first_phase) : Worker(config, 0, first_phase) {}

  bool advance() override { return note('a', busy); }
  bool keep_connected() override {
    if (turns_until_ready > 0 && --turns_until_ready == 0 && stops_when_ready) stop.request_stop();
    return note('c');
  }
  bool ask_all() override { return ask('A'); }
  bool ask_due(Schedule& schedule) override {
    rates.push_back(schedule.rate());
    schedule.take();
    return ask('D');
  }
  void expire() override { ++expired; }
  bool is_ready() const override { return turns_until_ready == 0; }
  bool is_waiting() const override { return --turns_until_drained > 0; }
  void end() override { note('E'); }
  std::uint64_t connect_time_max_ns() const override { return connect_time_ns; }
  std::string not_connected() const override { return "nothing is there"; }

  std::string steps;
  std::vector<std::uint64_t> rates;
  std::stop_source stop;
  const Phase* next_phase = nullptr;
  std::uint64_t connect_time_ns = second_ns;
  bool busy = false;
  bool stops_when_ready = false;
  int turns_until_ready = 0;
  int turns_until_stop = 2;
  mutable int turns_until_drained = 2;
  int expired = 0;

 private:
  bool note(char step, bool result = false) {
    steps += step;
    return result;
  }
  bool ask(char step) {
    if (--turns_until_stop == 0) stop.request_stop();
    if (next_phase != nullptr) set_phase(*next_phase);
    return note(step);
  }
};

class WorkerTest : public testing::Test {
 protected:
  RunConfig config_;
  Statistics statistics_;
  Phase saturate_{.asks = true, .rate = 0, .statistics = &statistics_};
};

TEST_F(WorkerTest, ConnectsAsksAndDrains) {
  Recorder worker(config_, saturate_);
  worker.turns_until_ready = 1;
  worker.turns_until_stop = 3;
  EXPECT_FALSE(worker.is_connected());
  ASSERT_TRUE(worker.run(worker.stop.get_token()));
  EXPECT_TRUE(worker.is_connected());
  EXPECT_EQ(worker.steps, "acAacAacAaaE");
  EXPECT_GE(worker.expired, 1);
}

TEST_F(WorkerTest, SendsNothingWhileItConnects) {
  const Phase connect{.asks = false, .rate = 0, .statistics = &statistics_};
  Recorder worker(config_, connect);
  worker.turns_until_ready = 2;
  worker.stops_when_ready = true;
  ASSERT_TRUE(worker.run(worker.stop.get_token()));
  EXPECT_EQ(worker.steps, "acacaaE");
}

TEST_F(WorkerTest, FailsWhenItCannotConnectInTime) {
  const Phase connect{.asks = false, .rate = 0, .statistics = &statistics_};
  Recorder worker(config_, connect);
  worker.turns_until_ready = 1'000'000'000;
  worker.connect_time_ns = 1'000'000;
  const auto ended = worker.run(worker.stop.get_token());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error(), "nothing is there");
  EXPECT_FALSE(worker.is_connected());
}

TEST_F(WorkerTest, FollowsThePhasesAndTheirRates) {
  const Phase slow{.asks = true, .rate = 1'000, .statistics = &statistics_};
  Statistics others;
  const Phase fast{.asks = true, .rate = 9'000, .statistics = &others};
  Recorder worker(config_, slow);
  worker.next_phase = &fast;
  worker.turns_until_stop = 3;
  ASSERT_TRUE(worker.run(worker.stop.get_token()));
  EXPECT_EQ(worker.rates, (std::vector<std::uint64_t>{1'000, 9'000, 9'000}));
}

TEST_F(WorkerTest, CountsTheTimeOfTurnsWithNothingToDo) {
  Recorder idle(config_, saturate_);
  ASSERT_TRUE(idle.run(idle.stop.get_token()));
  const std::uint64_t idle_ns = statistics_.counts.value(Count::idle_ns);
  EXPECT_GT(idle_ns, 0U);
  Recorder busy(config_, saturate_);
  busy.busy = true;
  ASSERT_TRUE(busy.run(busy.stop.get_token()));
  EXPECT_EQ(statistics_.counts.value(Count::idle_ns), idle_ns);
}

}  // namespace
}  // namespace gyre::load_test
