// The bencoded bodies of responses (BEP 3, 7, 21, 23, 24, 31, 48), written to the front of a span.
// Pure functions; limits.hpp sees to it that they fit. Keys are sorted, as libtorrent and rtorrent
// want them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/types.hpp"
#include "common/swarm/swarm.hpp"
#include "http/bencode.hpp"

namespace gyre::http {

struct AnnounceBody {
  swarm::SwarmCounts counts = {};
  std::uint32_t interval_s = 0;
  std::uint32_t min_interval_s = 0;
  // Peers in compact form, 6 and 18 bytes each.
  std::span<const std::byte> ipv4_peers = {};
  std::span<const std::byte> ipv6_peers = {};
  bool compact = true;                          // false: a list of dictionaries, without peer ids
  bool with_peers6 = false;                     // even if there are none
  std::span<const std::byte> external_ip = {};  // 4 or 16 bytes (BEP 24); empty: not told
  // Left out where empty.
  std::string_view tracker_id = {};
  std::string_view warning_message = {};
};
// `peers` is always there: rtorrent fails without.
std::size_t write_announce_body(std::span<std::byte> out, const AnnounceBody& body);

// `retry_never` is BEP 31. Clients that failed wait as long as others.
std::size_t write_failure_body(std::span<std::byte> out, std::string_view reason,
                               std::uint32_t interval_s, std::uint32_t min_interval_s,
                               bool retry_never);

// A scrape: begin, a row for each info_hash in their order, end.
void begin_scrape_body(BencodeWriter& out);
void write_scrape_row(BencodeWriter& out, const InfoHash& info_hash,
                      const swarm::SwarmCounts& counts);
void end_scrape_body(BencodeWriter& out, std::uint32_t min_interval_s);

}  // namespace gyre::http
