// Requests that follow each other on one connection, cut up as the network likes. Between the bytes
// of a connection and who responds; it keeps nothing of a request that is not whole but how far it
// has been looked at.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "common/http1/request_head.hpp"

namespace gyre::http1 {

class RequestReader {
 public:
  // What became of a request, or of what is none.
  enum class Taken : std::uint8_t {
    not_yet,  // it is to be offered again
    one,      // the next one may follow
    last,     // what follows is not to be looked at now, or is no request
  };

  // Calls respond(result, input) for each request at the front of `bytes`, whose head is in `head`,
  // and for what parse_request_head() refuses. Returns how many bytes were taken: the others are
  // given again, in front of what follows them. What is refused is not taken.
  template <class Respond>
  std::size_t take(std::span<const std::byte> bytes, RequestHead& head, Respond respond) {
    const std::span all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::size_t used = 0;
    for (Taken taken = Taken::one; taken == Taken::one && used < all.size();) {
      const auto input = all.subspan(used);
      const HeadResult result = parse_request_head(input, head, std::exchange(seen_, 0));
      if (result.status == HeadStatus::need_more) {
        seen_ = static_cast<std::uint32_t>(input.size());
        break;
      }
      taken = respond(result, input);
      if (taken != Taken::not_yet) used += result.consumed;
    }
    return used;
  }

 private:
  std::uint32_t seen_ = 0;  // bytes of the present head that were parsed in vain
};

}  // namespace gyre::http1
