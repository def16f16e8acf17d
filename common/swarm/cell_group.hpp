// Eight neighbouring cells of an index, which are looked at in one step: how many of them a search
// has to look at is chance, which no processor can foresee. Between PeerIndex and the processor.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace gyre::swarm {

// Some of the cells of a group, the first one in the lowest bit.
using CellSet = std::uint32_t;

inline constexpr std::uint32_t cells_per_group = 8;

// Requires: there is one.
constexpr std::uint32_t first_cell(CellSet cells) {
  return static_cast<std::uint32_t>(std::countr_zero(cells));
}
constexpr CellSet without_first(CellSet cells) {
  return cells & (cells - 1);
}
// All of them where there are no others.
constexpr CellSet cells_before(CellSet others) {
  return others != 0 ? (others & -others) - 1 : (1U << cells_per_group) - 1;
}

// For any processor.
class PlainCellGroup {
 public:
  explicit PlainCellGroup(const std::uint16_t* cells) {
    std::memcpy(cells_.data(), cells, sizeof cells_);
  }

  // Those that are `value` in the bits of `mask`.
  CellSet equal(std::uint16_t value, std::uint16_t mask = 0xffff) const {
    CellSet equals = 0;
    for (std::uint32_t i = 0; i < cells_per_group; ++i) {
      equals |= CellSet{(cells_[i] & mask) == value} << i;
    }
    return equals;
  }

 private:
  std::array<std::uint16_t, cells_per_group> cells_;
};

#if defined(__SSE2__)
class Sse2CellGroup {
 public:
  explicit Sse2CellGroup(const std::uint16_t* cells) { std::memcpy(&cells_, cells, sizeof cells_); }

  CellSet equal(std::uint16_t value, std::uint16_t mask = 0xffff) const {
    const __m128i masked = _mm_and_si128(cells_, all(mask));
    const __m128i equals = _mm_cmpeq_epi16(masked, all(value));
    return static_cast<CellSet>(_mm_movemask_epi8(_mm_packs_epi16(equals, _mm_setzero_si128())));
  }

 private:
  static __m128i all(std::uint16_t value) { return _mm_set1_epi16(static_cast<short>(value)); }

  __m128i cells_;
};

using CellGroup = Sse2CellGroup;
#else
using CellGroup = PlainCellGroup;
#endif

}  // namespace gyre::swarm
