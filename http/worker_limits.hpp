// The sizes of a worker's memory, and how they depend on those of the protocols. In bytes.
#pragma once

#include "common/tls/session.hpp"
#include "http/limits.hpp"

namespace gyre::http_tracker {

// One response in TLS records, and a farewell.
inline constexpr std::size_t sealed_response_size_max =
    tls::sealed_size_max(response_size_max) + tls::sealed_size_max(2);
// What a send slot holds: the longest response, behind short ones to pipelined requests. Memory
// that is never written to costs nothing.
inline constexpr std::size_t send_slot_size = 2 * sealed_response_size_max;

// Certificates and signature of a TLS handshake: chains that browsers take are far shorter.
inline constexpr std::size_t flight_size_max = 65536;
static_assert(receive_buffer_size + flight_size_max <= send_slot_size);

// Plaintext of a receive buffer's records and of one that had begun before.
inline constexpr std::size_t plaintext_size_max = receive_buffer_size + tls::record_payload_max;
// For a response that is to be sealed, and for requests that were opened.
inline constexpr std::size_t scratch_size = response_size_max + plaintext_size_max;

}  // namespace gyre::http_tracker
