#include "common/tracker/adaptive_interval.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "common/swarm/peer_slot.hpp"

namespace gyre::tracker {
namespace {

constexpr double shrink_below = 0.75;  // of the threshold
// Seconds in a period.
constexpr double growth_max = 0.3 * AdaptiveInterval::period_s;
constexpr double shrinkage_max = 0.2 * AdaptiveInterval::period_s;

constexpr Seconds jitter_max_s = 3600;  // of the configuration
static_assert(silence_max_s(AdaptiveInterval::interval_max_s, jitter_max_s, 25) <=
              swarm::peer_age_max_s);

}  // namespace

AdaptiveInterval::AdaptiveInterval(Seconds base_s, Seconds jitter_s, double load_max)
    : base_(base_s),
      max_(std::max(base_, std::min(growth_total_max * base_, double{interval_max_s}))),
      jitter_s_(jitter_s),
      load_max_(load_max),
      interval_(base_),
      told_{{.interval_s = base_s, .followed_until = 0}} {
  DCHECK(load_max > 0 && jitter_s <= jitter_max_s);
}

void AdaptiveInterval::end_period(double load, Seconds now) {
  const double work = load * period_s;
  periods_.push_back({.ended_at = now, .interval_s = interval_s(), .work = work});
  work_ += work;
  while (periods_.front().ended_at + periods_.front().interval_s <= now) {
    work_ -= periods_.front().work;
    periods_.pop_front();
    has_whole_round_ = true;
  }
  const double load_to_come = demand() / interval_;
  if (load_to_come > load_max_) {
    interval_ = std::min(interval_ + growth_max, max_);
  } else if (load_to_come < shrink_below * load_max_) {
    interval_ = std::max(interval_ - shrinkage_max, base_);
  }
  remember(now);
}

// Seconds of work that all clients ask for when each comes once. In the first round some have not
// come yet: they are taken to be as many as those who have.
double AdaptiveInterval::demand() const {
  if (has_whole_round_) return work_;
  return work_ / static_cast<double>(periods_.size() * period_s) * base_;
}

void AdaptiveInterval::remember(Seconds now) {
  const Seconds silence_s = silence_max_s(interval_s(), jitter_s_, 25);
  const Told told{.interval_s = interval_s(), .followed_until = now + period_s + silence_s};
  while (!told_.empty() && told_.back().interval_s <= told.interval_s) told_.pop_back();
  told_.push_back(told);
  while (told_.front().followed_until < now) told_.pop_front();
}

}  // namespace gyre::tracker
