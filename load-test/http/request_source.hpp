// Makes requests, one after the other, from a worker's peers and random numbers. It knows no
// sockets and no time, so that the sequence follows from the seed alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "load-test/http/config.hpp"
#include "load-test/population.hpp"
#include "load-test/statistics.hpp"

namespace gyre::load_test::http {

// More than the longest request: 50 info_hashes of 60 bytes each beside a URL suffix.
inline constexpr std::size_t request_size_max = 8192;

class RequestSource {
 public:
  // The peers outlive this.
  // REQUIRES: there is a peer for each client address, and some weight is not 0.
  RequestSource(const Config& config, std::span<const Peer> peers, std::uint32_t worker_index);

  Kind draw_kind();

  // Each writes the next request of its kind to the front of `out`, of request_size_max bytes, and
  // returns its size. Each client address has peers of its own, so that a peer stays the same when
  // it announces again. Scrapes ask about torrents by their popularity. `keep_alive` is what the
  // header Connection asks for.
  std::size_t write_announce(std::span<char> out, std::uint32_t client_address, bool keep_alive);
  std::size_t write_scrape(std::span<char> out, bool keep_alive);

 private:
  Config config_;
  std::span<const Peer> peers_;
  Random random_;
  std::vector<std::size_t> next_peer_;  // by client address
  std::string announce_begin_;          // "GET /announce?info_hash="
  std::string scrape_begin_;
  std::string end_keeping_;  // " HTTP/1.1" and the headers
  std::string end_closing_;
};

}  // namespace gyre::load_test::http
