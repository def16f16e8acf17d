// Sizes and addresses in whole units, such as pages. Pure arithmetic.
#pragma once

namespace gyre {

// How many units hold so much.
template <class T>
constexpr T units_of(T size, T unit) {
  return (size + unit - 1) / unit;
}

// The least multiple of the unit that is not less.
template <class T>
constexpr T round_up(T size, T unit) {
  return units_of(size, unit) * unit;
}

}  // namespace gyre
