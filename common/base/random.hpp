// A fast generator of random numbers for choosing peers and for jitter: splitmix64 (Steele, Lea and
// Flood, 2014). Its state is one word, so a choice can be repeated from its seed. One per worker,
// seeded from the system's CSPRNG in the programs and by a constant in tests. Not for secrets.
#pragma once

#include <sodium.h>

#include <cstdint>

#include "common/base/check.hpp"

namespace gyre {

class Random {
 public:
  using result_type = std::uint64_t;  // may be given to the distributions of <random>

  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()() { return next(); }

  // Uniform in [0, bound), by Lemire's multiplication. The bias is below bound / 2^32.
  // REQUIRES: bound > 0.
  std::uint32_t below(std::uint32_t bound) {
    DCHECK(bound > 0);
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  // True with that probability, to within 2^-32.
  bool chance(double probability) {
    return static_cast<double>(next() >> 32) < probability * 0x1p32;
  }

 private:
  std::uint64_t state_;
};

// 64 bits from the system's CSPRNG, for seeding.
inline std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  randombytes_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace gyre
