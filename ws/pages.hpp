// HTTP on the tracker's port: the answers to requests that are not to become WebSockets, and to
// those that cannot. Between parsed request heads and bytes; what a WebSocket says is not its
// business. Counts each answer.
#pragma once

#include <cstddef>
#include <span>

#include "common/http/forwarded.hpp"
#include "common/http/request_head.hpp"
#include "common/http/response.hpp"
#include "ws/counters.hpp"
#include "ws/handshake.hpp"

namespace gyre::ws {

// Bytes of the longest answer, head and body.
inline constexpr std::size_t page_response_size_max =
    http::response_head_size_max + http::page_size_max;

// Each function writes a whole response to the front of `out`, page_response_size_max bytes.
class Pages {
 public:
  explicit Pages(WorkerMetrics& metrics) : metrics_(metrics) {}

  // To a request without Upgrade. `secure`: it came by TLS.
  http::Answer answer(const http::RequestHead& head, bool secure, bool keep_alive,
                      std::span<std::byte> out);

  // To a request for a WebSocket that is refused. They close the connection.
  http::Answer refuse(UpgradeError error, std::span<std::byte> out);
  http::Answer refuse(http::AddressError error, std::span<std::byte> out);

  // To what is no request; `input` is as the parser got it.
  http::Answer refuse(http::HeadError error, std::span<const char> input, std::span<std::byte> out);

  // To a client that speaks plain HTTP where TLS is due.
  http::Answer refuse_plain_on_tls(std::span<std::byte> out);

 private:
  http::Answer page(const http::Page& page, http::PageKind kind, const http::Framing& framing,
                    std::span<std::byte> out);

  WorkerMetrics& metrics_;
};

}  // namespace gyre::ws
