// The announce interval that clients are told: the operator's, or longer while the workers are
// loaded, so that clients ask for no more than they can serve. Pure logic: the load and the time
// are arguments.
//
// Rules:
//   1. A client that announces now was told when: all who announced later come later. So since then
//      each client has come once, and the work since then is what all clients together demand in
//      one interval, whatever they are told meanwhile. It does not oscillate.
//   2. The interval grows while that demand, spread over it, is above the threshold, and shrinks
//      while it is below three quarters of that.
//   3. It changes slowly, as otherwise clients would come in waves: by 0.3 s per second at most.
//   4. Peers must not expire before the announce that they were told to make: longest_s() is the
//      longest interval that some client may still follow.
#pragma once

#include <deque>

#include "common/base/types.hpp"

namespace gyre::tracker {

class AdaptiveInterval {
 public:
  static constexpr Seconds period_s = 5;
  static constexpr Seconds interval_max_s = 5400;
  static constexpr double growth_total_max = 3;

  // `load_max` is the threshold, from 0 to 1. The interval grows to three times `base_s`, but not
  // above interval_max_s.
  AdaptiveInterval(Seconds base_s, Seconds jitter_s, double load_max);

  // Ends a period of that load: the share of their time that workers were busy.
  void end_period(double load, Seconds now);

  Seconds interval_s() const { return static_cast<Seconds>(interval_); }
  Seconds longest_s() const { return told_.front().interval_s; }

 private:
  struct Period {
    Seconds ended_at;
    Seconds interval_s;  // told in it
    double work;         // seconds
  };
  struct Told {
    Seconds interval_s;
    Seconds followed_until;
  };

  double demand() const;
  void remember(Seconds now);

  double base_;
  double max_;
  Seconds jitter_s_;
  double load_max_;
  double interval_;
  std::deque<Period> periods_;  // in which those were told who are still to come
  double work_ = 0;             // of these
  bool has_whole_round_ = false;
  std::deque<Told> told_;  // those that no later and longer one covers: decreasing
};

// What a peer may be silent for: that interval with the jitter, and a share of both in percent.
constexpr Seconds silence_max_s(Seconds interval_s, Seconds jitter_s, Seconds percent) {
  return (interval_s + jitter_s) * (100 + percent) / 100 + 1;
}

}  // namespace gyre::tracker
