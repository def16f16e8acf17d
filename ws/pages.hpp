// HTTP on the tracker's port: responses to requests that do not become WebSockets, each of which is
// counted.
#pragma once

#include <cstddef>
#include <span>

#include "common/http1/forwarded.hpp"
#include "common/http1/request_head.hpp"
#include "common/http1/response.hpp"
#include "ws/counters.hpp"
#include "ws/handshake.hpp"

namespace gyre::ws {

// Bytes of the longest response, head and body.
inline constexpr std::size_t page_response_size_max =
    http1::response_head_size_max + http1::page_size_max;

// Each function writes a whole response to the front of `out`, and counts it.
// REQUIRES: `out` has page_response_size_max bytes.

// The response to a request without Upgrade. `secure`: it came by TLS.
http1::Response write_page(const http1::RequestHead& head, bool secure, bool keep_alive,
                           WorkerMetrics& metrics, std::span<std::byte> out);

// The response to a refused request for a WebSocket. Closes the connection.
http1::Response write_refusal(UpgradeError error, WorkerMetrics& metrics, std::span<std::byte> out);
http1::Response write_refusal(http1::AddressError error, WorkerMetrics& metrics,
                              std::span<std::byte> out);

// The response to input that is not a request: `input` is what the parser was given.
http1::Response write_refusal(http1::HeadError error, std::span<const char> input,
                              WorkerMetrics& metrics, std::span<std::byte> out);

// The response to plain HTTP on a TLS port.
http1::Response write_plain_on_tls_refusal(WorkerMetrics& metrics, std::span<std::byte> out);

}  // namespace gyre::ws
