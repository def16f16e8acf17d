// An event of a given probability, drawn with the caller's random numbers.
#pragma once

#include <cmath>
#include <cstdint>

#include "common/base/check.hpp"
#include "common/base/random.hpp"

namespace gyre::load_test {

class Chance {
 public:
  // REQUIRES: 0 <= probability <= 1.
  explicit Chance(double probability)
      : threshold_(static_cast<std::uint64_t>(std::llround(probability * 0x1p32))) {
    DCHECK(threshold_ <= std::uint64_t{1} << 32);
  }

  bool draw(Random& random) const { return random.next() >> 32 < threshold_; }
  bool possible() const { return threshold_ > 0; }

 private:
  std::uint64_t threshold_;  // in units of 2^-32
};

}  // namespace gyre::load_test
