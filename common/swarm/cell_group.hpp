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

class CellGroup {
 public:
  static constexpr std::uint32_t size = 8;

  // Which of the cells, the first one in the lowest bit.
  using Which = std::uint32_t;
  static std::uint32_t first(Which which) {
    return static_cast<std::uint32_t>(std::countr_zero(which));
  }
  static Which without_first(Which which) { return which & (which - 1); }
  static Which before_first_of(Which others) { return others != 0 ? (others & -others) - 1 : 0xff; }

#if defined(__SSE2__)
  explicit CellGroup(const std::uint16_t* cells) { std::memcpy(&cells_, cells, sizeof cells_); }

  // Those that are `value` in the bits of `mask`.
  Which equal(std::uint16_t value, std::uint16_t mask = 0xffff) const {
    const __m128i masked = _mm_and_si128(cells_, all(mask));
    const __m128i same = _mm_cmpeq_epi16(masked, all(value));
    return static_cast<Which>(_mm_movemask_epi8(_mm_packs_epi16(same, _mm_setzero_si128())));
  }

 private:
  static __m128i all(std::uint16_t value) { return _mm_set1_epi16(static_cast<short>(value)); }

  __m128i cells_;
#else
  explicit CellGroup(const std::uint16_t* cells) {
    std::memcpy(cells_.data(), cells, sizeof cells_);
  }

  // Those that are `value` in the bits of `mask`.
  Which equal(std::uint16_t value, std::uint16_t mask = 0xffff) const {
    Which which = 0;
    for (std::uint32_t i = 0; i < size; ++i) {
      which |= static_cast<Which>((cells_[i] & mask) == value) << i;
    }
    return which;
  }

 private:
  std::array<std::uint16_t, size> cells_;
#endif
};

}  // namespace gyre::swarm
