#include "load-test/rate_search.hpp"

#include <algorithm>

#include "common/base/check.hpp"

namespace gyre::load_test {

RateSearch::RateSearch(std::uint64_t first_rate)
    : next_(std::clamp(first_rate, rate_min, rate_max)) {}

std::optional<std::uint64_t> RateSearch::next() const {
  const bool narrow = good_ > 0 && bad_ > 0 && bad_ - good_ <= good_ / 50;
  const bool at_the_top = good_ == rate_max;
  const bool at_the_bottom = bad_ == rate_min;
  if (narrow || at_the_top || at_the_bottom) return std::nullopt;
  return next_;
}

void RateSearch::record(bool good) {
  DCHECK(next_ > good_ && (bad_ == 0 || next_ < bad_));  // between what was good and what was bad
  (good ? good_ : bad_) = next_;
  if (bad_ == 0) {
    next_ = std::min(2 * good_, rate_max);
  } else if (good_ == 0) {
    next_ = std::max(bad_ / 2, rate_min);
  } else {
    next_ = good_ + (bad_ - good_) / 2;
  }
}

}  // namespace gyre::load_test
