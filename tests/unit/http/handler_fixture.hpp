// A tracker without sockets: bytes of requests in, bytes of responses out.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "http/handler.hpp"
#include "tests/support/http_response.hpp"

namespace gyre::http::test {

inline ClientAddress client(std::string_view text) {
  const auto address = client_address_from(text);
  CHECK(address.has_value());
  return *address;
}

using gyre::test::Response;
using gyre::test::response_of;

struct Tracker {
  explicit Tracker(const HandlerOptions& options = {},
                   const swarm::SwarmMapsOptions& swarm_options = {})
      : swarms(SipKey{}, swarm_options), handler(options, swarms, Random(1), metrics) {
    handler.set_time(100);
  }

  // The response to one whole request, or to other input.
  Response send(std::string_view bytes, const std::optional<ClientAddress>& from,
                bool secure = false) {
    const std::vector<char> exact(bytes.begin(), bytes.end());
    http1::RequestHead head;
    const auto parsed = http1::parse_request_head(exact, head);
    CHECK(parsed != http1::incomplete_head);
    const bool complete = parsed.has_value();
    const http1::Response response = complete ? handler.handle(head, from, secure, out)
                                              : handler.refuse(parsed.error(), exact, out);
    CHECK(response.size <= out.size());
    return response_of({reinterpret_cast<const char*>(out.data()), response.size}, response.close,
                       complete && head.method == "HEAD");
  }
  Response get(std::string_view target, std::string_view from = "10.0.0.1") {
    return send("GET " + std::string(target) + " HTTP/1.1\r\nHost: t\r\n\r\n", client(from));
  }
  std::uint64_t count(Counter counter, Family family = Family::ipv4) const {
    return metrics.counters.value(2 * static_cast<std::size_t>(counter) +
                                  static_cast<std::size_t>(family));
  }
  std::uint64_t count(WorkerCounter counter) const {
    return metrics.worker_counters.value(counter);
  }

  swarm::SwarmMaps swarms;
  WorkerMetrics metrics;
  Handler handler;
  std::vector<std::byte> out = std::vector<std::byte>(response_size_max);
};

}  // namespace gyre::http::test
