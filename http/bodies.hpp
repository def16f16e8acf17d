// Writers of the bencoded bodies of responses (BEP 3, 7, 21, 23, 24, 31, 48). Pure functions. Keys
// are sorted, as libtorrent and rtorrent require.
//
// REQUIRES: bodies fit the span, by the relations in limits.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/types.hpp"
#include "common/http1/response.hpp"
#include "http/bencode.hpp"

namespace gyre::http {

inline constexpr http1::ResponseKind bencoded{.content_type = "text/plain"};

struct AnnounceBody {
  SwarmCounts counts = {};
  std::uint32_t interval_s = 0;
  std::uint32_t min_interval_s = 0;
  // Peers in compact form, 6 and 18 bytes each.
  std::span<const std::byte> ipv4_peers = {};
  std::span<const std::byte> ipv6_peers = {};
  bool compact = true;                          // false: a list of dictionaries without peer ids
  bool with_peers6 = false;                     // write `peers6` even if it is empty
  std::span<const std::byte> external_ip = {};  // 4 or 16 bytes (BEP 24), or empty
  // Left out if empty.
  std::string_view tracker_id = {};
  std::string_view warning_message = {};
};
// `peers` is never left out: rtorrent fails without it.
std::size_t write_announce_body(std::span<std::byte> out, const AnnounceBody& body);

// Whether a client shall ask again (BEP 31). They wait for the interval after a failure, too.
enum class RetryIn : std::uint8_t { unsaid, minutes, never };
std::size_t write_failure_body(std::span<std::byte> out, std::string_view reason,
                               std::uint32_t interval_s, std::uint32_t min_interval_s,
                               RetryIn retry_in);

// The body of a scrape: begin, a row for each info_hash in sorted order, end.
void begin_scrape_body(BencodeWriter& out);
void write_scrape_row(BencodeWriter& out, const InfoHash& info_hash, const SwarmCounts& counts);
void end_scrape_body(BencodeWriter& out, std::uint32_t min_interval_s);

}  // namespace gyre::http
