// The responses of the metrics endpoint: from a parsed request to bytes. No sockets.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/http1/request_head.hpp"
#include "common/metrics/host_names.hpp"

namespace gyre::metrics {

struct Site {
  std::string title;                    // of the page for humans: the program's name
  std::function<std::string()> render;  // the current values, from an ExpositionWriter
  HostNames host_names = {};
};

// Serves GET and HEAD of / (for humans), /metrics (for Prometheus) and /health; otherwise 404 or
// 405. For another host than those of the site 421, but without a Host header there is no web page
// behind the request.
std::string response_to(const http1::RequestHead& head, const Site& site);

// 400, for input that is not a request.
std::string response_to(http1::HeadError error);

}  // namespace gyre::metrics
