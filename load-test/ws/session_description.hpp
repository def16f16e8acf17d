// Session descriptions (SDP, RFC 8866) as browsers make them for data channels, in the spelling
// that they have in JSON. They look real, and connect nobody.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/random.hpp"
#include "load-test/ws/offer_number.hpp"

namespace gyre::load_test::ws {

// The digits of an OfferNumber stand between the two parts, as the ice-ufrag.
struct SessionDescription {
  std::string before;
  std::string after;

  // Whether `text` is this one with these digits.
  bool is(std::string_view text, std::string_view digits) const {
    return text.size() == before.size() + digits.size() + after.size() &&
           text.starts_with(before) && text.ends_with(after) &&
           text.substr(before.size(), digits.size()) == digits;
  }
};

// Of exactly `size` bytes with the digits, at least 600. No two draws are the same.
SessionDescription make_session_description(std::size_t size, Random& random);

}  // namespace gyre::load_test::ws
