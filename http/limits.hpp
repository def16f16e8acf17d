// Every bound of the HTTP tracker, and the relations between them. Sizes are in bytes.
#pragma once

#include <cstddef>

#include "common/http1/pages.hpp"
#include "common/http1/request_head.hpp"
#include "common/http1/response.hpp"

namespace gyre::http {

// Holds the usual request of 300 to 700 bytes, and nearly a scrape of 60 torrents as Transmission
// sends it (4.3 kB). Requests in pieces are assembled elsewhere.
inline constexpr std::size_t receive_buffer_size = 4096;

// Head and body together.
inline constexpr std::size_t response_size_max = 65536;

inline constexpr std::size_t response_peers_max = 1000;     // of both families together
inline constexpr std::size_t operator_text_size_max = 256;  // a warning, a tracker id

// Each info_hash of a scrape takes at least 31 bytes of the target: "&info_hash=" and 20 raw bytes.
inline constexpr std::size_t scrape_hashes_max = http1::head_size_max / 31;

// "20:" and the info_hash, then "d8:completei4294967295e10:downloadedi4294967295e"
// "10:incompletei4294967295ee".
inline constexpr std::size_t scrape_row_size_max = 3 + 20 + 23 + 25 + 25 + 1;
// "d2:ip39:", an IPv6 address in text, "4:porti65535ee".
inline constexpr std::size_t peer_row_size_max = 8 + 39 + 14;
// Counts, intervals, an address, keys, and the operator's texts.
inline constexpr std::size_t announce_fields_size_max = 512 + 2 * operator_text_size_max;

static_assert(receive_buffer_size <= http1::head_size_max);
static_assert(http1::response_head_size_max + scrape_row_size_max * scrape_hashes_max + 64 <=
              response_size_max);
static_assert(http1::response_head_size_max + peer_row_size_max * response_peers_max +
                  announce_fields_size_max <=
              response_size_max);
static_assert(http1::response_head_size_max + http1::page_size_max <= response_size_max);

}  // namespace gyre::http
