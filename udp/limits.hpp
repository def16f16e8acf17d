// Every bound of the UDP tracker, and the relations between them. Sizes are in bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gyre::udp {

inline constexpr std::uint64_t protocol_id = 0x0000041727101980;  // BEP 15

inline constexpr std::size_t connect_request_size = 16;
inline constexpr std::size_t connect_response_size = 16;
inline constexpr std::size_t announce_request_size = 98;
// Some clients leave out the port, or num_want and the port; they are answered.
inline constexpr std::size_t announce_request_size_min = 92;
inline constexpr std::size_t announce_response_head_size = 20;
inline constexpr std::size_t scrape_request_head_size = 16;
inline constexpr std::size_t scrape_response_head_size = 8;
inline constexpr std::size_t scrape_row_size = 12;
inline constexpr std::size_t error_response_head_size = 8;
inline constexpr std::size_t error_text_size_max = 64;

inline constexpr std::size_t scrape_hashes_max = 74;  // BEP 15: what fits one datagram
inline constexpr std::size_t request_size_max = scrape_request_head_size + 20 * scrape_hashes_max;

// The payload limits of the configuration stay within this.
inline constexpr std::size_t response_size_max = 4096;
inline constexpr std::size_t response_peers_max = 1000;

static_assert(connect_response_size <= connect_request_size,
              "an unverified source never gets more than it sent");
static_assert(scrape_response_head_size + scrape_row_size * scrape_hashes_max <= response_size_max);
static_assert(error_response_head_size + error_text_size_max <= announce_request_size_min,
              "an error is no amplification of an announce");
// Requests that clients pad, to as much as 1024 bytes, are received whole.
static_assert(request_size_max >= 1024);

}  // namespace gyre::udp
