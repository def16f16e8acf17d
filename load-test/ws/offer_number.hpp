// The number of an offer in a load test: who made it, in which of its announces, and at which place
// in it. It stands in 16 hexadecimal digits in the offer_id, in the SDP of the offer and in that of
// its answer, so that each of them shows where it belongs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/numbers.hpp"

namespace gyre::load_test::ws {

struct OfferNumber {
  std::uint32_t connection = 0;  // below connection_count_max
  std::uint32_t announce = 0;    // of that connection, from 0 on
  std::uint8_t index = 0;        // below offers_max

  bool operator==(const OfferNumber&) const = default;
};

inline constexpr std::size_t offer_number_size = 16;
using OfferDigits = std::array<char, offer_number_size>;

constexpr OfferDigits digits_of(const OfferNumber& number) {
  return hex_digits<offer_number_size>(std::uint64_t{number.connection} << 40 |
                                       std::uint64_t{number.announce} << 8 | number.index);
}

inline std::optional<OfferNumber> offer_number_from(std::string_view digits) {
  if (digits.size() != offer_number_size) return std::nullopt;
  const auto number = number_from<std::uint64_t>(digits, 16);
  if (!number) return std::nullopt;
  return OfferNumber{.connection = static_cast<std::uint32_t>(*number >> 40),
                     .announce = static_cast<std::uint32_t>(*number >> 8),
                     .index = static_cast<std::uint8_t>(*number)};
}

}  // namespace gyre::load_test::ws
