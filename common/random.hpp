// Fast random numbers for choosing peers and jitter: xoshiro256++ (Blackman and Vigna, 2019).
// One per worker, seeded from the system's CSPRNG in the programs and by a constant in tests.
// Not for secrets.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace gyre {

class Random {
 public:
  // Any seed, zero included: the state is spread by splitmix64.
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      word = z ^ (z >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound), by Lemire's multiplication; bound > 0. The bias is below bound / 2^32.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

// 64 bits from the system's CSPRNG, for seeding.
std::uint64_t random_seed();

}  // namespace gyre
