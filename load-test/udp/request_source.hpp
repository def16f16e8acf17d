// Makes requests, one after the other, from a worker's peers and random numbers. It knows no
// sockets and no time, so that the sequence follows from the seed alone.
#pragma once

#include <cstdint>
#include <span>

#include "common/base/random.hpp"
#include "load-test/population.hpp"
#include "load-test/statistics.hpp"
#include "load-test/udp/config.hpp"
#include "udp/protocol.hpp"

namespace gyre::load_test::udp {

class RequestSource {
 public:
  // The peers outlive this.
  // REQUIRES: there is a peer, and some weight is not 0.
  RequestSource(const RequestsConfig& config, std::span<const Peer> peers, std::uint32_t seed,
                std::uint32_t worker_index);

  Kind draw_kind();
  std::uint16_t draw_scrape_count();

  // Each writes the next request of its kind to the front of `out` and returns its size. Scrapes
  // ask about torrents by their popularity.
  std::size_t write_connect(std::span<std::byte> out, gyre::udp::TransactionId transaction_id);
  std::size_t write_announce(std::span<std::byte> out, gyre::udp::ConnectionId connection_id,
                             gyre::udp::TransactionId transaction_id);
  std::size_t write_scrape(std::span<std::byte> out, gyre::udp::ConnectionId connection_id,
                           gyre::udp::TransactionId transaction_id, std::uint16_t count);

 private:
  RequestsConfig config_;
  std::span<const Peer> peers_;
  std::uint32_t seed_;
  Random random_;
  std::size_t next_peer_ = 0;
};

}  // namespace gyre::load_test::udp
