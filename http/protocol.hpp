// Parser of the HTTP tracker protocol (BEP 3, 7, 21, 23, 48): from a request target to an announce
// or scrape. Pure functions over text, lenient towards clients: percent_decoded() and QueryReader
// define what is understood.
//
// If a parameter is repeated, the last one counts, except for the info_hashes of a scrape. Invalid
// parameters are ignored.
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

// A target is an announce or scrape if a path segment ends in `announce` or `scrape`, in any case
// and with any extension; the last such segment decides. Any other target with an info_hash is an
// announce. The rest are pages.
Target parse_target(std::string_view target);

struct AnnounceRequest {
  InfoHash info_hash = {};
  std::optional<std::uint64_t> bytes_left;    // nullopt: unknown, as for a magnet link
  AnnounceEvent event = AnnounceEvent::none;  // also for unknown events
  std::optional<std::uint32_t> peers_wanted;  // nullopt: the tracker's maximum
  std::uint16_t port = 0;                     // 0: accepts no connections
  bool compact = true;
  // The client claims (ip=, ipv4=, ipv6=) an address of that family.
  bool has_ipv4 = false;
  bool has_ipv6 = false;
};

// The peer_id of an announce, decoded into `buffer`; empty if there is none, or it is too long.
std::string_view peer_id_in(std::string_view query, std::span<char, sizeof(PeerId)> buffer);

enum class RequestError : std::uint8_t { no_info_hash, malformed_info_hash };

// An info_hash has 20 bytes, or the 32 of BEP 52 (of which 20 count), or is either in hex digits.
std::expected<AnnounceRequest, RequestError> parse_announce(std::string_view query);

// The address that the client of an announce claims (ip=, ipv4=, ipv6=), of that family if it
// claims both. Not part of AnnounceRequest: hardly anybody's claim is believed.
[[gnu::cold]] std::optional<ClientAddress> claimed_address(std::string_view query,
                                                           Family preferred);

// Writes the info_hashes to the front of `out`, sorted as the keys of a bencoded dictionary must
// be, without duplicates, and returns their number. If there are more than `out` holds, the first
// ones of the request are taken. Malformed ones are an error only if all are.
// REQUIRES: `out` is not empty.
std::expected<std::size_t, RequestError> parse_scrape(std::string_view query,
                                                      std::span<InfoHash> out);

}  // namespace gyre::http
