// One client of the tracker: a connected socket with its connection id, its window of requests in
// flight, and the segment batches in which requests leave. When to ask what is decided by its
// worker, which also takes the responses and passes connection ids on.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>

#include "common/base/fd.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/request_source.hpp"
#include "load-test/udp/segment_batch.hpp"
#include "load-test/udp/window.hpp"

namespace gyre::load_test::udp {

class Client {
 public:
  // Opens a socket of that worker. The error says what could not be done, and where.
  static std::expected<Client, std::string> open(const Config& config, std::uint32_t worker_index);

  int fd() const { return fd_.get(); }
  Window& window() { return window_; }
  std::uint32_t in_flight() const { return window_.in_flight(); }

  // Whether there is an id to announce with.
  bool has_id(std::uint64_t now_ns) const { return now_ns < id_until_ns_; }
  // Whether it is time to ask for an id, and no response to such a request is expected.
  bool needs_id(std::uint64_t now_ns) const { return now_ns >= next_connect_ns_; }
  void set_id(gyre::udp::ConnectionId id, std::uint64_t now_ns);

  // How many requests can be put in batches now: none before the last ones have left.
  std::uint32_t askable() const;

  // Puts a request in the batch of its kind.
  // REQUIRES: askable() > 0; has_id() unless it is a connect.
  void ask(Kind kind, RequestSource& source, std::uint64_t due_ns, std::uint64_t now_ns);

  // Sends all batches, as far as the socket takes them; the rest is sent next time. The error is an
  // errno that is not merely a full buffer.
  std::expected<void, int> send();

 private:
  Client(Fd fd, const NetworkConfig& config);
  std::size_t write(const Request& request, gyre::udp::TransactionId transaction_id,
                    RequestSource& source, std::span<std::byte> out) const;

  Fd fd_;
  std::uint64_t id_age_max_ns_;  // an id is used for so long, and renewed after half of it
  std::uint64_t response_timeout_ns_;
  Window window_;
  std::array<SegmentBatch, kind_count> batches_;  // by Kind
  std::uint16_t scrape_count_ = 0;                // info hashes of each scrape in the batch
  bool segment_;
  gyre::udp::ConnectionId id_ = 0;
  std::uint64_t id_until_ns_ = 0;
  std::uint64_t next_connect_ns_ = 0;  // unless a response to a connect moves it on
};

}  // namespace gyre::load_test::udp
