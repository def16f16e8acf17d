// The last announces of a connection, whose offers may still be answered. Each offer is open from
// its announce until its first answer, or until it is given up. Times are the caller's.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <expected>
#include <optional>

#include "common/base/check.hpp"
#include "load-test/statistics.hpp"
#include "load-test/ws/config.hpp"
#include "load-test/ws/offer_number.hpp"

namespace gyre::load_test::ws {

class SentOffers {
 public:
  // Returns how many open offers of an older announce are given up for it.
  std::uint32_t add(std::uint32_t announce, std::uint32_t offer_count, std::uint64_t due_ns) {
    DCHECK(offer_count <= offers_max);
    Announce& place = place_of(announce);
    const std::uint32_t unanswered = static_cast<std::uint32_t>(std::popcount(place.open));
    const std::uint64_t all =
        offer_count == 0 ? 0 : ~std::uint64_t{0} >> (offers_max - offer_count);
    place = {.number = announce, .due_ns = due_ns, .open = all};
    return unanswered;
  }

  // One of this connection's offers was answered: when its announce was due, or nothing if that is
  // no longer kept. The fault is repeated_answer: the offer is not open.
  std::expected<std::optional<std::uint64_t>, Count> answer(const OfferNumber& offer) {
    DCHECK(offer.index < offers_max);
    Announce& place = place_of(offer.announce);
    if (place.number != offer.announce) return std::nullopt;
    const std::uint64_t bit = std::uint64_t{1} << offer.index;
    if ((place.open & bit) == 0) return std::unexpected(Count::repeated_answer);
    place.open &= ~bit;
    return place.due_ns;
  }

  // Returns how many are given up.
  std::uint32_t clear() {
    std::uint32_t unanswered = 0;
    for (Announce& place : announces_) {
      unanswered += static_cast<std::uint32_t>(std::popcount(place.open));
      place = {};
    }
    return unanswered;
  }

 private:
  static constexpr std::size_t announces_kept = 32;
  static_assert(offers_max == 64, "a bit for each");

  struct Announce {
    std::uint32_t number = ~std::uint32_t{0};
    std::uint64_t due_ns = 0;
    std::uint64_t open = 0;  // a bit for each offer without an answer
  };
  Announce& place_of(std::uint32_t announce) { return announces_[announce % announces_kept]; }

  std::array<Announce, announces_kept> announces_;
};

}  // namespace gyre::load_test::ws
