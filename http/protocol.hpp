// The HTTP tracker protocol (BEP 3, 7, 21, 23, 48): from a request target to an announce or scrape.
// Pure functions over text: no sockets, clocks or policy, and no verdict on who asks. What a client
// can have meant is understood: see percent_decoded() and QueryReader for how it may be written.
//
// Of a parameter that comes more than once, the last one counts, but for the info_hashes of a
// scrape. A parameter that makes no sense is as if it were not there.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/types.hpp"
#include "http/limits.hpp"

namespace gyre::http {

enum class TargetKind : std::uint8_t { announce, scrape, page };

struct Target {
  TargetKind kind = TargetKind::page;
  std::string_view path = {};   // as sent, without scheme and host
  std::string_view query = {};  // without its `?`
};

// An announce or scrape is what has a path segment that ends in `announce` or `scrape`, whatever
// its case and extension; where several have, the last one decides. So is, as an announce, any
// other target that names an info_hash. The rest is for people.
Target parse_target(std::string_view target);

struct AnnounceRequest {
  InfoHash info_hash = {};
  std::optional<std::uint64_t> bytes_left;    // none: unknown, as from a magnet link
  AnnounceEvent event = AnnounceEvent::none;  // none as well for events that do not exist
  std::optional<std::uint32_t> peers_wanted;  // none: as many as the tracker gives
  std::uint16_t port = 0;                     // 0: not reachable
  bool compact = true;
  // The client says (ip=, ipv4=, ipv6=) that it has an address of that family.
  bool has_ipv4 = false;
  bool has_ipv6 = false;
};

enum class RequestError : std::uint8_t { no_info_hash, malformed_info_hash };

// An info_hash is 20 bytes, or the 32 of BEP 52 (of which 20 count), or either in hex digits.
std::expected<AnnounceRequest, RequestError> parse_announce(std::string_view query);

// Writes the info_hashes to the front of `out`, sorted as a bencoded dictionary wants its keys, and
// each once; returns how many there are. Of more than `out` holds, the first ones of the request
// are taken. A malformed one is an error only if all are.
std::expected<std::size_t, RequestError> parse_scrape(std::string_view query,
                                                      std::span<InfoHash> out);

}  // namespace gyre::http
