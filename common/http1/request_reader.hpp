// Splits the bytes of one connection into requests, however the network has cut them up. Of an
// incomplete request it keeps only how far it has been parsed.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "common/base/check.hpp"
#include "common/http1/request_head.hpp"

namespace gyre::http1 {

class RequestReader {
 public:
  // What became of a request, or of input that is not one.
  enum class Taken : std::uint8_t {
    not_yet,  // to be offered again
    one,      // the next one may follow
    last,     // stop: the rest is for later, or not a request
  };

  // Calls respond(parsed, input) for each request at the front of `bytes`, with its head in `head`,
  // and for input that parse_request_head() refuses. Returns the number of bytes consumed; the
  // caller passes the others again, followed by new ones. Refused input is not consumed.
  template <class Respond>
  std::size_t take(std::span<const std::byte> bytes, RequestHead& head, Respond respond) {
    const std::span all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::size_t used = 0;
    for (Taken taken = Taken::one; taken == Taken::one && used < all.size();) {
      const auto input = all.subspan(used);
      const HeadSize parsed = parse_request_head(input, head, std::exchange(seen_, 0));
      if (parsed == incomplete_head) {
        seen_ = static_cast<std::uint32_t>(input.size());
        break;
      }
      taken = respond(parsed, input);
      if (taken != Taken::not_yet) used += parsed.value_or(0);
      DCHECK(used <= all.size());
    }
    return used;
  }

 private:
  std::uint32_t seen_ = 0;  // bytes of the current head that were parsed without completing it
};

}  // namespace gyre::http1
