// Finds the highest rate that is still good, by a few trials: doubles (or halves) the rate until
// one trial is good and one is bad, then cuts the gap in halves. What a trial is, and what is good,
// is the caller's business.
#pragma once

#include <cstdint>
#include <optional>

namespace gyre::load_test {

class RateSearch {
 public:
  // Nothing below `rate_min` or above `rate_max` is tried.
  static constexpr std::uint64_t rate_min = 100;
  static constexpr std::uint64_t rate_max = 100'000'000;

  explicit RateSearch(std::uint64_t first_rate);

  // The rate to try next; nothing when the answer is known to within 2 %.
  std::optional<std::uint64_t> next() const;

  // The outcome of trying next().
  void record(bool good);

  std::uint64_t highest_good() const { return good_; }  // 0: none was good

 private:
  std::uint64_t next_;
  std::uint64_t good_ = 0;
  std::uint64_t bad_ = 0;  // the lowest bad rate, 0: none was bad
};

}  // namespace gyre::load_test
