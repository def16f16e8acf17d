// One client of the tracker: a connected socket with its connection id, its window of requests in
// flight, and the trains in which requests leave. Between the worker, which decides when to ask
// what, and the kernel. Responses come to the worker, which tells the client of connection ids.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"
#include "load-test/udp/request_source.hpp"
#include "load-test/udp/train.hpp"
#include "load-test/udp/window.hpp"

namespace gyre::load_test::udp {

struct ClientOptions {
  net::SocketAddress server;
  std::optional<Ipv4Address> source = {};  // of the socket; nothing: the kernel's choice
  std::uint32_t receive_buffer_size = 0;
  std::uint32_t in_flight_max = 1;
  std::uint64_t id_age_max_ns = 0;  // an id is used for so long, and renewed after half of it
  std::uint64_t response_timeout_ns = 0;
};

class Client {
 public:
  // The error says what could not be done, and where.
  static std::expected<Client, std::string> open(const ClientOptions& options);

  int fd() const { return fd_.get(); }
  Window& window() { return window_; }
  std::uint32_t in_flight() const { return window_.in_flight(); }

  // Whether there is an id to announce with.
  bool has_id(std::uint64_t now_ns) const { return now_ns < id_until_ns_; }
  // Whether it is time to ask for an id, and no answer to such a request is to be expected.
  bool needs_id(std::uint64_t now_ns) const { return now_ns >= next_connect_ns_; }
  void set_id(gyre::udp::ConnectionId id, std::uint64_t now_ns);

  // How many requests can be put on trains now: none before the last ones have left.
  std::uint32_t askable() const;

  // Puts a request on its train. Requires: askable() > 0; has_id() unless it is a connect.
  void ask(Kind kind, RequestSource& source, std::uint64_t due_ns, std::uint64_t now_ns);

  // Sends all trains, as far as the socket takes them; the rest is sent next time. The error is an
  // errno that is not merely a full buffer.
  std::expected<void, int> send();

 private:
  Client(Fd fd, const ClientOptions& options);
  std::size_t write(const Request& request, gyre::udp::TransactionId transaction_id,
                    RequestSource& source, std::span<std::byte> out) const;

  Fd fd_;
  std::uint64_t id_age_max_ns_;
  std::uint64_t response_timeout_ns_;
  Window window_;
  std::array<Train, kind_count> trains_;
  std::uint16_t scrape_count_ = 0;  // info hashes of each scrape on the train
  bool segment_;
  gyre::udp::ConnectionId id_ = 0;
  std::uint64_t id_until_ns_ = 0;
  std::uint64_t next_connect_ns_ = 0;  // unless a response to a connect moves it on
};

}  // namespace gyre::load_test::udp
