// The last announces of a connection whose offers may still be answered. Between its client, which
// sends and receives, and the statistics; times are the caller's.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "load-test/ws/config.hpp"
#include "load-test/ws/offer_number.hpp"

namespace gyre::load_test::ws {

class SentOffers {
 public:
  // Returns how many offers of an older announce are given up for it.
  std::uint32_t add(std::uint32_t announce, std::uint32_t offer_count, std::uint64_t due_ns) {
    Announce& place = place_of(announce);
    const std::uint32_t unanswered = static_cast<std::uint32_t>(std::popcount(place.open));
    const std::uint64_t all =
        offer_count == 0 ? 0 : ~std::uint64_t{0} >> (offers_max - offer_count);
    place = {.number = announce, .due_ns = due_ns, .open = all};
    return unanswered;
  }

  enum class State : std::uint8_t { first, repeated, forgotten };
  struct Answered {
    State state = State::forgotten;
    std::uint64_t due_ns = 0;  // of the announce, if this is its first answer
  };
  // One of this connection's offers was answered.
  Answered answer(const OfferNumber& offer) {
    Announce& place = place_of(offer.announce);
    if (place.number != offer.announce) return {};
    const std::uint64_t bit = std::uint64_t{1} << offer.index;
    if ((place.open & bit) == 0) return {.state = State::repeated};
    place.open &= ~bit;
    return {.state = State::first, .due_ns = place.due_ns};
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
