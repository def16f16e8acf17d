// When the requests of an open loop are due: at a fixed rate, whether responses come or not.
// Latencies count from the intended time, so that a tracker that stalls cannot hide it by keeping
// the load tester waiting.
//
// Several workers share one rate: worker `index` of `count` has its requests number index,
// index + count, index + 2 count and so on.
#pragma once

#include <cstdint>

#include "common/base/check.hpp"

namespace gyre::load_test {

class Schedule {
 public:
  // `rate` is in requests per second of all workers.
  // REQUIRES: rate > 0, index < count.
  Schedule(std::uint64_t rate, std::uint64_t start_ns, std::uint32_t index = 0,
           std::uint32_t count = 1)
      : rate_(rate), start_ns_(start_ns), number_(index), step_(count) {
    DCHECK(rate > 0);
    DCHECK(index < count);
  }

  std::uint64_t rate() const { return rate_; }

  // The intended time of the next request. In two parts, as nanoseconds times requests do not fit
  // 64 bits for long.
  std::uint64_t next_ns() const {
    return start_ns_ + number_ / rate_ * second_ns + number_ % rate_ * second_ns / rate_;
  }

  bool due(std::uint64_t now_ns) const { return next_ns() <= now_ns; }

  // The next request is on its way: its intended time.
  std::uint64_t take() {
    const std::uint64_t intended_ns = next_ns();
    number_ += step_;
    return intended_ns;
  }

 private:
  static constexpr std::uint64_t second_ns = 1'000'000'000;

  std::uint64_t rate_;
  std::uint64_t start_ns_;
  std::uint64_t number_;
  std::uint64_t step_;
};

}  // namespace gyre::load_test
