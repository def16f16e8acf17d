#include "common/base/random.hpp"

#include <sodium.h>

namespace gyre {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  randombytes_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace gyre
