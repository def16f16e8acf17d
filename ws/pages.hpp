// HTTP on the tracker's port: the answers to requests that are not to become WebSockets, and to
// those that cannot. Between parsed request heads and bytes; what a WebSocket says is not its
// business. Counts each answer.
#pragma once

#include <cstddef>
#include <span>

#include "common/http1/forwarded.hpp"
#include "common/http1/request_head.hpp"
#include "common/http1/response.hpp"
#include "ws/counters.hpp"
#include "ws/handshake.hpp"

namespace gyre::ws {

// Bytes of the longest answer, head and body.
inline constexpr std::size_t page_response_size_max =
    http1::response_head_size_max + http1::page_size_max;

// Each function writes a whole response to the front of `out`, page_response_size_max bytes.
class Pages {
 public:
  explicit Pages(WorkerMetrics& metrics) : metrics_(metrics) {}

  // To a request without Upgrade. `secure`: it came by TLS.
  http1::Response respond(const http1::RequestHead& head, bool secure, bool keep_alive,
                          std::span<std::byte> out);

  // To a request for a WebSocket that is refused. They close the connection.
  http1::Response refuse(UpgradeError error, std::span<std::byte> out);
  http1::Response refuse(http1::AddressError error, std::span<std::byte> out);

  // To what is no request; `input` is as the parser got it.
  http1::Response refuse(http1::HeadError error, std::span<const char> input,
                         std::span<std::byte> out);

  // To a client that speaks plain HTTP where TLS is due.
  http1::Response refuse_plain_on_tls(std::span<std::byte> out);

 private:
  http1::Response page(const http1::Page& page, http1::PageKind kind, const http1::Framing& framing,
                       std::span<std::byte> out);

  WorkerMetrics& metrics_;
};

}  // namespace gyre::ws
