// Checks of a tracker's responses, as far as a client can tell: is the body bencode, and what its
// request deserves? Pure functions over views.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "load-test/statistics.hpp"

namespace gyre::load_test::http {

// What a body says.
struct BodyFacts {
  bool failure = false;  // it has a failure reason
  bool has_peers = false;
  bool has_files = false;
  bool faulty_peer = false;       // one without a port
  std::uint64_t peer_count = 0;   // of both families
  std::uint64_t known_count = 0;  // complete and incomplete, 0 if neither was there
};

// Reads a body, which is bencode (BEP 3), and checks it against a request of that kind.
// `peers_wanted` is negative if the request did not say. The fault is malformed_body or
// implausible_peers: more than wanted, more than the tracker says that it has, or one without a
// port.
std::expected<BodyFacts, Count> check_body(std::string_view body, Kind kind,
                                           std::int32_t peers_wanted);

}  // namespace gyre::load_test::http
