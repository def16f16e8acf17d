// A tracker without sockets: the bytes of a request in, the bytes of its response out. Between the
// handler and its tests, which speak of clients and torrents.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/check.hpp"
#include "http/handler.hpp"

namespace gyre::http_tracker::test {

inline ClientAddress client(std::string_view text) {
  const auto address = client_address_from(text);
  CHECK(address.has_value());
  return *address;
}

struct Response {
  std::string status;  // "200 OK"
  std::string head;    // all of it, with the closing empty line
  std::string body;
  bool close = false;

  bool has(std::string_view line) const {
    return head.contains("\r\n" + std::string(line) + "\r\n");
  }
};

// Takes a response apart; its Content-Length must be that of its body, unless it answers HEAD.
inline Response response_of(std::string_view bytes, bool close, bool is_head = false) {
  const std::size_t head_size = bytes.find("\r\n\r\n") + 4;
  EXPECT_TRUE(bytes.starts_with("HTTP/1.1 "));
  EXPECT_NE(head_size, std::string_view::npos + 4) << bytes;
  Response response{.status = std::string(bytes.substr(9, bytes.find("\r\n") - 9)),
                    .head = std::string(bytes.substr(0, head_size)),
                    .body = std::string(bytes.substr(head_size)),
                    .close = close};
  if (!is_head) {
    EXPECT_TRUE(response.has("Content-Length: " + std::to_string(response.body.size())))
        << response.head;
  }
  return response;
}

struct Tracker {
  explicit Tracker(const HandlerOptions& options = {})
      : handler(options, swarms, Random(1), metrics) {
    handler.set_time(100);
  }

  // The response to one whole request, or to what is none.
  Response send(std::string_view bytes, const std::optional<ClientAddress>& from,
                bool secure = false) {
    const std::vector<char> exact(bytes.begin(), bytes.end());
    http::RequestHead head;
    const auto parsed = http::parse_request_head(exact, head);
    CHECK(parsed.status != http::HeadStatus::need_more);
    const bool complete = parsed.status == http::HeadStatus::complete;
    const http::Answer answer = complete ? handler.handle(head, from, secure, out)
                                         : handler.refuse(parsed.error, exact, out);
    CHECK(answer.size <= out.size());
    return response_of({reinterpret_cast<const char*>(out.data()), answer.size}, answer.close,
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

  swarm::SwarmMaps swarms{swarm::HashSecret{}};
  WorkerMetrics metrics;
  Handler handler;
  std::vector<std::byte> out = std::vector<std::byte>(response_size_max);
};

}  // namespace gyre::http_tracker::test
