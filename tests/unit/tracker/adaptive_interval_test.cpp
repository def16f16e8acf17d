#include "common/tracker/adaptive_interval.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/random.hpp"
#include "common/tracker/announce_interval.hpp"

namespace gyre::tracker {
namespace {

constexpr Seconds base = 1800;
constexpr Seconds jitter = 180;
constexpr double load_max = 0.85;
constexpr Seconds period = AdaptiveInterval::period_s;

// Periods of a load, from a time on.
void pass(AdaptiveInterval& interval, double load, Seconds& now, Seconds time) {
  for (Seconds end = now + time; now < end; now += period) interval.end_period(load, now);
}

TEST(AdaptiveInterval, IsTheConfiguredOneWithoutLoad) {
  AdaptiveInterval interval(base, jitter, load_max);
  Seconds now = 0;
  for (const double load : {0.0, 0.5, 0.8, 0.849}) {
    pass(interval, load, now, 3600);
    EXPECT_EQ(interval.interval_s(), base);
    EXPECT_EQ(interval.longest_s(), base);
  }
}

TEST(AdaptiveInterval, GrowsToItsMaximumInSmallSteps) {
  AdaptiveInterval interval(base, jitter, load_max);
  Seconds before = base;
  for (Seconds now = 0; now < 12 * 3600; now += period) {
    interval.end_period(1, now);
    EXPECT_GE(interval.interval_s(), before);
    EXPECT_LE(interval.interval_s(), before + period / 2);
    EXPECT_EQ(interval.longest_s(), interval.interval_s());
    before = interval.interval_s();
  }
  EXPECT_EQ(before, AdaptiveInterval::interval_max_s);
}

TEST(AdaptiveInterval, TheMaximumIsThreeTimesTheConfiguredOne) {
  const struct {
    Seconds base;
    Seconds max;
  } rows[] = {{120, 360}, {1800, 5400}, {3600, 5400}, {5400, 5400}, {21'600, 21'600}};
  for (const auto& row : rows) {
    AdaptiveInterval interval(row.base, 0, load_max);
    Seconds now = 0;
    pass(interval, 1, now, 24 * 3600);
    EXPECT_EQ(interval.interval_s(), row.max);
  }
}

TEST(AdaptiveInterval, HoldsWithinTheHysteresisAndReturnsBelow) {
  AdaptiveInterval interval(base, jitter, load_max);
  Seconds now = 0;
  pass(interval, 1, now, 4 * 3600);
  const Seconds grown = interval.interval_s();
  EXPECT_GT(grown, 2 * base);
  pass(interval, 0.75, now, 3 * 3600);  // the demand falls to that within the interval
  const Seconds held = interval.interval_s();
  EXPECT_GE(held, grown);
  pass(interval, 0.7, now, 3 * 3600);
  EXPECT_EQ(interval.interval_s(), held);
  pass(interval, 0, now, 3600);
  EXPECT_LT(interval.interval_s(), held);
  EXPECT_GE(interval.interval_s(), held - 3600 / period);
  pass(interval, 0, now, 8 * 3600);
  EXPECT_EQ(interval.interval_s(), base);
}

TEST(AdaptiveInterval, NoPeriodHasLongestBelowWhatSomeClientFollows) {
  AdaptiveInterval interval(base, jitter, load_max);
  Random random(1);
  struct Promise {
    Seconds interval;
    Seconds until;
  };
  std::vector<Promise> promises;
  double load = 1;
  for (Seconds now = 0; now < 12 * 3600; now += period) {
    if (random.below(200) == 0) load = random.below(120) / 100.0;
    promises.push_back({interval.interval_s(), now + interval.interval_s() + jitter});
    interval.end_period(load, now);
    std::erase_if(promises, [now](const Promise& promise) { return promise.until < now; });
    for (const Promise& promise : promises) ASSERT_GE(interval.longest_s(), promise.interval);
  }
  Seconds now = 12 * 3600;
  pass(interval, 0, now, 6 * 3600);
  EXPECT_EQ(interval.longest_s(), base);
}

// Clients who announce when the interval that they were told is over, and a tracker that serves so
// many of them per period.
class Population {
 public:
  Population(double capacity, double count) : capacity_(capacity) { join(count, base); }

  // Newcomers, spread over an interval.
  void join(double count, Seconds over) {
    for (Seconds at = 0; at < over; at += period) due_at(now_ + at) += count * period / over;
  }
  // A part of all leaves.
  void leave(double part) {
    for (double& due : due_) due *= 1 - part;
  }
  double pass(Seconds time) {
    double load = 0;
    for (const Seconds end = now_ + time; now_ < end; now_ += period) {
      const double due = std::exchange(due_at(now_), 0);
      load = due / capacity_ * (0.98 + random_.below(5) / 100.0);
      const Seconds told = interval_.interval_s();
      for (Seconds more = 0; more < jitter; more += period) {
        due_at(now_ + told + more) += due * period / jitter;
      }
      interval_.end_period(std::min(load, 1.0), now_);
      lowest_ = std::min(lowest_, interval_.interval_s());
      highest_ = std::max(highest_, interval_.interval_s());
    }
    return load;
  }
  // The range of intervals since the last call.
  std::pair<Seconds, Seconds> range() {
    const std::pair range{lowest_, highest_};
    lowest_ = highest_ = interval_.interval_s();
    return range;
  }

 private:
  static constexpr std::size_t slots = 8192;
  double& due_at(Seconds at) { return due_[at / period % slots]; }

  double capacity_;  // announces in a period
  Seconds now_ = 0;
  std::vector<double> due_ = std::vector<double>(slots);
  AdaptiveInterval interval_{base, jitter, load_max};
  Random random_{1};
  Seconds lowest_ = base;
  Seconds highest_ = base;
};

// Demand as a share of what the tracker could serve at the configured interval.
TEST(AdaptiveInterval, SettlesWhereDemandIsServed) {
  constexpr double capacity = 1000;
  for (const double demand : {0.5, 0.8, 1.2, 1.6, 2.2}) {
    SCOPED_TRACE(demand);
    Population population(capacity, demand * capacity * base / period);
    population.pass(12 * 3600);
    population.range();
    population.pass(12 * 3600);
    const auto [lowest, highest] = population.range();
    EXPECT_LE(highest, lowest + lowest / 20) << lowest;  // it does not oscillate
    if (demand < load_max) {
      EXPECT_EQ(highest, base);
    } else {
      // Waves above what is served look smaller than they are.
      EXPECT_GE(lowest, base * demand / load_max * 0.8);
      EXPECT_LE(highest, std::min(5400.0, base * demand / load_max * 1.1));
    }
  }
}

TEST(AdaptiveInterval, ReturnsToNormalWhenACrowdHasLeft) {
  constexpr double capacity = 1000;
  Population population(capacity, 1.8 * capacity * base / period);
  population.pass(12 * 3600);
  EXPECT_GT(population.range().second, base * 3 / 2);
  population.leave(0.8);
  population.pass(6 * 3600);
  population.range();
  population.pass(6 * 3600);
  EXPECT_EQ(population.range(), std::pair(base, base));
}

TEST(AnnounceInterval, PeersExpireAsConfiguredUnlessMemoryIsScarce) {
  const AnnounceInterval interval(base, jitter, 85);
  EXPECT_EQ(interval.told_s(), base);
  EXPECT_EQ(interval.peer_age_s(2000, false), 2000U);  // not a quarter after the interval
  EXPECT_EQ(interval.peer_age_s(3600, false), 3600U);
  EXPECT_EQ(interval.peer_age_s(3600, true), 1980U * 11 / 10 + 1);
  EXPECT_EQ(interval.peer_age_s(2000, true), 2000U);
}

}  // namespace
}  // namespace gyre::tracker
