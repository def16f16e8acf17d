// Generates broken datagrams from a seed: valid requests that are truncated, lengthened or have
// flipped bits, and noise.
//
// Those that happen to be valid announces name only a few torrents and ports, so a tracker that
// grows under the flood has a defect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/base/random.hpp"

namespace gyre::flood {

// Larger than any request, and than most receive buffers.
inline constexpr std::size_t datagram_size_max = 4096;

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  // Most requests have this id, so that they get past its check.
  void use_connection(std::uint64_t connection) { connection_ = connection; }

  // Writes one datagram, of 0 to out.size() bytes, and returns its size.
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
