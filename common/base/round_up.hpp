// Rounding of sizes and addresses up to whole units, such as pages.
#pragma once

#include "common/base/check.hpp"

namespace gyre {

// The number of units that hold `size`.
template <class T>
constexpr T units_of(T size, T unit) {
  DCHECK(unit > 0);
  return (size + unit - 1) / unit;
}

// The smallest multiple of `unit` that is at least `size`.
template <class T>
constexpr T round_up(T size, T unit) {
  return units_of(size, unit) * unit;
}

}  // namespace gyre
