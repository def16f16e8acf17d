// What the metrics endpoint answers: from a parsed request to the bytes of a response. No sockets.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/http1/request_head.hpp"

namespace gyre::metrics {

struct Site {
  std::string title;                    // of the page for humans: the program's name
  std::function<std::string()> render;  // the present numbers, as a ExpositionWriter writes them
};

// GET and HEAD of / (for humans), /metrics (for Prometheus) and /health; 404 and 405 otherwise.
std::string response_to(const http1::RequestHead& head, const Site& site);

// 400, for what is not a request.
std::string response_to(http1::HeadError error);

}  // namespace gyre::metrics
