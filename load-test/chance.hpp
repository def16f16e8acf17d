// An event of a given probability. Between settings and whoever draws; the random numbers are the
// caller's.
#pragma once

#include <cmath>
#include <cstdint>

#include "common/base/random.hpp"

namespace gyre::load_test {

class Chance {
 public:
  explicit Chance(double probability)
      : threshold_(static_cast<std::uint64_t>(std::llround(probability * 0x1p32))) {}

  bool draw(Random& random) const { return random.next() >> 32 < threshold_; }
  bool possible() const { return threshold_ > 0; }

 private:
  std::uint64_t threshold_;  // in units of 2^-32
};

}  // namespace gyre::load_test
