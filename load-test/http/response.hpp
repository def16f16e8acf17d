// The response of a tracker, as far as a client can judge it. Between the bytes that a connection
// has received and the worker, which counts. Pure functions over views.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "load-test/http/request_source.hpp"
#include "load-test/http/statistics.hpp"

namespace gyre::load_test::http {

struct ResponseHead {
  std::uint16_t status = 0;
  bool keep_alive = false;                      // by its version and the header Connection
  std::size_t size = 0;                         // with the empty line; the body follows
  std::optional<std::size_t> content_length{};  // nothing: until the end of the connection
};

enum class HeadFault : std::uint8_t { incomplete, malformed };

// RFC 9112 section 4. Chunked bodies count as malformed: no tracker sends its few bytes so.
std::expected<ResponseHead, HeadFault> parse_response_head(std::string_view input);

struct BodyFacts {
  bool failure = false;          // it has a failure reason
  std::uint64_t peer_count = 0;  // of both families
};

// Whether `body` is bencode (BEP 3) and what a request of that kind deserves. `peers_wanted` is
// negative if the request did not say. The fault is malformed_body or implausible_peers: more than
// wanted, more than the tracker says that it has, or one without a port.
std::expected<BodyFacts, Count> check_body(std::string_view body, Kind kind,
                                           std::int32_t peers_wanted);

}  // namespace gyre::load_test::http
