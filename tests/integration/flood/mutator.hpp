// Makes datagrams that a tracker should not like: valid requests that are cut, lengthened or have
// bits flipped, and plain noise. Between a seed and bytes; sends nothing.
//
// What slips through as a valid announce names one of a few torrents and ports only, so that a
// tracker that grows under the flood has no excuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/base/random.hpp"

namespace gyre::flood {

// Longer than a request can be, and than most receive buffers.
inline constexpr std::size_t datagram_size_max = 4096;

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  // Most requests carry this id, so that they reach what lies behind its check.
  void use_connection(std::uint64_t connection) { connection_ = connection; }

  // Writes one datagram and returns its size, from 0 to all of `out`.
  std::size_t write_next(std::span<std::byte, datagram_size_max> out);

 private:
  std::size_t write_noise(std::span<std::byte> out);
  std::size_t write_request(std::span<std::byte> out);
  std::size_t write_announce(std::span<std::byte> out);
  std::size_t write_scrape(std::span<std::byte> out);
  std::uint64_t some_connection();
  void write_some_info_hash(std::span<std::byte> out);

  void flip_bits(std::span<std::byte> request);
  std::size_t change_size(std::span<std::byte> out, std::size_t size);
  void fill(std::span<std::byte> out);

  bool one_in(std::uint32_t count) { return random_.below(count) == 0; }

  Random random_;
  std::uint64_t connection_ = 0;
};

}  // namespace gyre::flood
