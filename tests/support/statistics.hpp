// Whether counts look like draws of equal probability. Seeds are fixed: a failure is a change of
// the code, never bad luck.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace gyre::test {

struct Uniformity {
  double chi_squared_per_category = 0;  // 1 for independent draws
  double largest_deviation = 0;         // in standard deviations of one category
};

// Each category was hit with `probability` in each of `trials` trials, at most once in each.
inline Uniformity uniformity(std::span<const std::uint32_t> hits, double trials,
                             double probability) {
  const double expected = trials * probability;
  const double variance = expected * (1 - probability);
  Uniformity result;
  for (const std::uint32_t hit : hits) {
    const double deviation = static_cast<double>(hit) - expected;
    if (variance < 1e-9) {  // every trial hits every category
      result.largest_deviation = std::max(result.largest_deviation, std::abs(deviation) * 1e9);
      continue;
    }
    result.chi_squared_per_category +=
        deviation * deviation / variance / static_cast<double>(hits.size());
    result.largest_deviation =
        std::max(result.largest_deviation, std::abs(deviation) / std::sqrt(variance));
  }
  return result;
}

}  // namespace gyre::test
