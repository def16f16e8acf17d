// The endpoint over real sockets, on a port that the system chooses.
#include "common/metrics/endpoint.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/clock.hpp"

namespace gyre::metrics {
namespace {

constexpr std::string_view numbers = "# HELP a_total Help.\n# TYPE a_total counter\na_total 7\n";
constexpr net::SocketAddress any_port{Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 0};

// A blocking client that gives up after 20 seconds, so that a failing test ends.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  // The endpoint may have closed already: then the write fails, and read_all() gets the response.
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  bool is_open() const {
    char byte = 0;
    const ssize_t size = recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size > 0 || (size < 0 && errno == EAGAIN);
  }

  // Everything until the endpoint closes, in order or by a reset.
  std::string read_all() {
    std::string all;
    std::array<char, 65536> piece{};
    while (true) {
      const ssize_t size = recv(fd_.get(), piece.data(), piece.size(), 0);
      EXPECT_TRUE(size >= 0 || errno != EAGAIN) << "the endpoint neither answered nor closed";
      if (size <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(size));
    }
  }

 private:
  Fd fd_;
};

class EndpointTest : public testing::Test {
 protected:
  void start(Site site = {}) {
    site.title = "gyre_test";
    site.render = [this] { return body_; };
    auto listener = listen_tcp(any_port);
    ASSERT_TRUE(listener) << listener.error();
    port_ = listener->address.port;
    site.host_names = {listener->address, {"a"}};
    auto endpoint = Endpoint::start(std::move(listener->fd), std::move(site));
    ASSERT_TRUE(endpoint) << endpoint.error();
    endpoint_ = std::move(*endpoint);
  }

  std::string exchange(std::string_view request) const {
    Client client(port_);
    client.write(request);
    return client.read_all();
  }

  std::string body_{numbers};
  std::uint16_t port_ = 0;
  std::unique_ptr<Endpoint> endpoint_;
};

std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "no head" : response.substr(end + 4);
}

void expect_contains(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << " in:\n" << text;
}

TEST_F(EndpointTest, ServesMetrics) {
  start();
  EXPECT_EQ(exchange("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"),
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            "Content-Length: 54\r\n"
            "Allow: GET, HEAD\r\n"
            "Cache-Control: no-store\r\n"
            "Connection: close\r\n"
            "\r\n" +
                std::string(numbers));
}

TEST_F(EndpointTest, RoutesByMethodAndPath) {
  struct Case {
    std::string_view request;
    std::string_view status;
    std::string_view content;
  };
  const Case cases[] = {
      {"GET /metrics?x=y HTTP/1.0\r\n\r\n", "200 OK", "\na_total 7\n"},
      {"GET / HTTP/1.1\r\n\r\n", "200 OK", "<td>7</td>"},
      {"GET / HTTP/1.1\r\n\r\n", "200 OK", "Content-Type: text/html; charset=utf-8\r\n"},
      {"GET /health HTTP/1.1\n\n", "200 OK", "\r\n\r\nok\n"},
      {"GET /nothing HTTP/1.1\r\n\r\n", "404 Not Found", "/metrics"},
      {"GET /metrics/ HTTP/1.1\r\n\r\n", "404 Not Found", "/metrics"},
      {"POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed", "Allow: GET, HEAD\r\n"},
      {"get /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed", "Allow: GET, HEAD\r\n"},
      {"hello\r\n", "400 Bad Request", "request line"},
      {"\x16\x03\x01", "400 Bad Request", "not an HTTP request"},
  };
  start();
  for (const Case& row : cases) {
    SCOPED_TRACE(row.request);
    const std::string response = exchange(row.request);
    EXPECT_TRUE(response.starts_with("HTTP/1.1 " + std::string(row.status) + "\r\n")) << response;
    expect_contains(response, row.content);
    expect_contains(response, "Connection: close\r\n");
  }
}

TEST_F(EndpointTest, HeadHasTheHeadersOfGetWithoutBody) {
  start();
  for (const std::string path : {"/metrics", "/", "/health", "/nothing"}) {
    const std::string got = exchange("GET " + path + " HTTP/1.1\r\n\r\n");
    const std::string head = exchange("HEAD " + path + " HTTP/1.1\r\n\r\n");
    EXPECT_EQ(body_of(head), "");
    EXPECT_EQ(head, got.substr(0, got.find("\r\n\r\n") + 4));
  }
}

TEST_F(EndpointTest, ReadsARequestByteByByte) {
  start();
  Client client(port_);
  for (const char byte : std::string_view("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")) {
    client.write({&byte, 1});
  }
  EXPECT_EQ(body_of(client.read_all()), "ok\n");
}

TEST_F(EndpointTest, RefusesTooLargeRequests) {
  start();
  const std::string response = exchange("GET / HTTP/1.1\r\nA: " + std::string(100'000, 'x'));
  EXPECT_TRUE(response.starts_with("HTTP/1.1 400 ")) << response;
  expect_contains(response, "too large");
}

TEST_F(EndpointTest, ClosesIdleClientsAtTheDeadline) {
  start({.title = {}, .render = {}, .deadline_ms = 50});
  const std::uint64_t start_ns = monotonic_ns();
  Client idle(port_);
  idle.write("GET /metrics HT");
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_GE(monotonic_ns() - start_ns, 49'000'000U);
}

TEST_F(EndpointTest, IdleClientsAreEvicted) {
  start();
  std::vector<Client> idle;
  idle.reserve(40);
  for (int i = 0; i < 40; ++i) idle.emplace_back(port_);
  const std::uint64_t start_ns = monotonic_ns();
  EXPECT_EQ(body_of(exchange("GET /health HTTP/1.1\r\n\r\n")), "ok\n");
  EXPECT_LT(monotonic_ns() - start_ns, 4'500'000'000U) << "waited for the idle clients' deadline";
}

TEST_F(EndpointTest, ServesFortyClientsAtOnce) {
  start({.title = {}, .render = {}, .grace_ms = 5'000});
  std::vector<Client> clients;
  clients.reserve(40);
  for (int i = 0; i < 40; ++i) clients.emplace_back(port_);
  for (Client& client : clients) client.write("GET /metrics HTTP/1.1\r\n\r\n");
  while (!clients.empty()) {
    EXPECT_EQ(body_of(clients.front().read_all()), numbers);
    clients.erase(clients.begin());
  }
}

TEST_F(EndpointTest, SlowReadersDelayNobodyAndLoseNothing) {
  body_.assign(32 << 20, '#');
  start({.title = {}, .render = {}, .deadline_ms = 60'000});
  Client slow(port_);
  slow.write("GET /metrics HTTP/1.1\r\n\r\n");
  EXPECT_EQ(body_of(exchange("GET /health HTTP/1.1\r\n\r\n")), "ok\n");
  EXPECT_EQ(body_of(slow.read_all()).size(), body_.size());
}

// Held by clients that say nothing, send half of a request, or ask and do not read; whoever is
// evicted comes back at once.
TEST_F(EndpointTest, SlowClientsDelayNoScrape) {
  constexpr std::size_t slow_count = 64;  // four times as many as there are places
  body_.assign(8 << 20, '#');
  start();
  std::atomic<bool> is_over = false;
  std::atomic<std::size_t> opened_count = 0;
  std::thread slow_clients([&] {
    constexpr std::array<std::string_view, 3> beginnings = {"", "GET /metr",
                                                            "GET /metrics HTTP/1.1\r\n\r\n"};
    std::vector<std::optional<Client>> clients(slow_count);
    for (std::size_t i = 0; !is_over; ++i) {
      auto& client = clients[i % slow_count];
      if (client && client->is_open()) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        continue;
      }
      client.emplace(port_);
      client->write(beginnings[i % beginnings.size()]);
      ++opened_count;
    }
  });
  while (opened_count < 2 * slow_count) std::this_thread::yield();  // all were evicted once
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t start_ns = monotonic_ns();
    EXPECT_EQ(body_of(exchange("GET /health HTTP/1.1\r\n\r\n")), "ok\n");
    EXPECT_LT(monotonic_ns() - start_ns, 3'000'000'000U);
  }
  is_over = true;
  slow_clients.join();
}

TEST_F(EndpointTest, OtherHostNamesAreRefused) {
  start();
  const auto status = [&](std::string_view host) {
    return exchange("GET /metrics HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n")
        .substr(9, 3);
  };
  EXPECT_EQ(status("127.0.0.1:9000"), "200");
  EXPECT_EQ(status("localhost"), "200");
  EXPECT_EQ(status("rebound.example"), "421");
  expect_contains(exchange("GET / HTTP/1.1\r\nHost: rebound.example\r\n\r\n"),
                  "metrics.host_names");
}

TEST_F(EndpointTest, SurvivesClientsThatDisconnect) {
  start();
  for (int i = 0; i < 40; ++i) {
    Client(port_).write("GET /metrics HTTP/1.1\r\n\r\n");
    Client(port_).write("GET /metr");
  }
  EXPECT_EQ(body_of(exchange("GET /health HTTP/1.1\r\n\r\n")), "ok\n");
}

TEST_F(EndpointTest, StopsAtOnceWithOpenConnections) {
  start({.title = {}, .render = {}, .deadline_ms = 600'000});
  Client idle(port_);
  EXPECT_EQ(body_of(exchange("GET /health HTTP/1.1\r\n\r\n")), "ok\n");
  const std::uint64_t start_ns = monotonic_ns();
  endpoint_.reset();
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_LT(monotonic_ns() - start_ns, 10'000'000'000U);
}

TEST(ListenTcp, PortZeroBecomesTheChosenPort) {
  const auto listener = listen_tcp(any_port);
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_NE(listener->address.port, 0);
  EXPECT_EQ(listener->address.address, any_port.address);
}

TEST(ListenTcp, ErrorNamesAddressAndReason) {
  const auto first = listen_tcp(any_port);
  ASSERT_TRUE(first) << first.error();
  const auto second = listen_tcp(first->address);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), "cannot serve metrics: cannot listen on tcp://" +
                                to_string(first->address) +
                                ": Address already in use; another program uses it, see: ss -tlpn");
}

TEST(ListenTcp, FamiliesCanShareAPort) {
  const auto ipv6 = listen_tcp({Ipv6Address{}, 0});
  if (!ipv6) GTEST_SKIP() << ipv6.error();
  const auto ipv4 = listen_tcp({Ipv4Address{}, ipv6->address.port});
  EXPECT_TRUE(ipv4) << ipv4.error();
}

}  // namespace
}  // namespace gyre::metrics
