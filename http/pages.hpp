// Responses for humans, and to requests that are neither announce nor scrape. Each function writes
// a whole response to the front of `out`, response_size_max bytes, and counts it.
#pragma once

#include <span>
#include <string_view>

#include "common/http1/pages.hpp"
#include "http/counters.hpp"

namespace gyre::http {

// To GET or HEAD of a path; `by_tls` is how the client came.
http1::Response page_at(std::string_view path, const http1::RequestHead& head, bool by_tls,
                        const http1::Framing& framing, WorkerMetrics& metrics,
                        std::span<std::byte> out);

// One of the pages that are always the same: health, not_found, method_not_allowed, and
// wrong_port_for_tls for plain HTTP on a port for TLS.
http1::Response write_page(http1::PageKind kind, const http1::Framing& framing,
                           WorkerMetrics& metrics, std::span<std::byte> out);

// To what parse_request_head() has refused; `input` is what it was given, not empty.
http1::Response refuse(http1::HeadError error, std::span<const char> input, WorkerMetrics& metrics,
                       std::span<std::byte> out);

// To an announce of a torrent that is not served; not counted as a page.
http1::Response write_gone(const http1::Framing& framing, std::span<std::byte> out);

}  // namespace gyre::http
