// The responses of the metrics endpoint: from a parsed request to bytes. No sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "common/http1/request_head.hpp"
#include "common/metrics/host_names.hpp"

namespace gyre::metrics {

// What an endpoint serves, and how many clients it has at a time.
struct Site {
  std::string title;                    // of the page for humans: the program's name
  std::function<std::string()> render;  // the current values, from an ExpositionWriter
  std::size_t connection_count = 16;
  std::uint64_t deadline_ms = 5'000;  // from accepting a connection to closing it
  // For which a connection that is sent its response cannot be evicted; a tenth of that for one
  // whose request is not there, as good clients send it at once; 0 for one that has its response.
  std::uint64_t grace_ms = 200;
  HostNames host_names = {};
  // Called first by the endpoint's thread, which ends if that fails.
  std::function<std::expected<void, std::string>()> begin = {};
};

// Serves GET and HEAD of / (for humans), /metrics (for Prometheus) and /health; otherwise 404 or
// 405. For another host than those of the site 421, but without a Host header there is no web page
// behind the request.
std::string response_to(const http1::RequestHead& head, const Site& site);

// 400, for input that is not a request.
std::string response_to(http1::HeadError error);

}  // namespace gyre::metrics
