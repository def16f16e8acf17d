// Makes requests, one after the other, from a worker's peers and random numbers. Between the
// population and the protocol's writers; it knows no sockets and no time, so that the sequence
// follows from the seed alone.
#pragma once

#include <cstdint>
#include <span>

#include "common/base/random.hpp"
#include "load-test/chance.hpp"
#include "load-test/population.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/window.hpp"

namespace gyre::load_test::udp {

class RequestSource {
 public:
  // Requires: there is a peer, and some weight is not 0. The peers outlive this.
  RequestSource(const RequestsConfig& config, std::span<const load_test::Peer> peers,
                std::uint32_t seed, std::uint32_t worker_index);

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
  load_test::Chance seeder_;
  load_test::Chance stopped_;
  std::span<const load_test::Peer> peers_;
  std::uint32_t seed_;
  Random random_;
  std::size_t next_peer_ = 0;
};

}  // namespace gyre::load_test::udp
