#include "tests/integration/flood/mutator.hpp"

#include <algorithm>
#include <cstring>

#include "common/base/bytes.hpp"

namespace gyre::flood {
namespace {

constexpr std::uint64_t protocol_magic = 0x41727101980;
constexpr std::size_t connect_size = 16;
constexpr std::size_t announce_size = 98;
constexpr std::uint32_t torrent_count = 16;
constexpr std::uint32_t port_count = 64;

// The bytes of an announce that name its swarm and peer are left alone: see the header.
constexpr bool names_a_peer(std::size_t offset) {
  return (offset >= 16 && offset < 36) || offset == 96 || offset == 97;
}

}  // namespace

std::size_t Mutator::write_next(std::span<std::byte, datagram_size_max> out) {
  if (one_in(8)) return write_noise(out);
  const std::size_t size = write_request(out);
  if (one_in(2)) flip_bits(out.first(size));
  return one_in(2) ? change_size(out, size) : size;
}

std::size_t Mutator::write_noise(std::span<std::byte> out) {
  const std::size_t limit = one_in(64) ? out.size() : 200;
  const std::size_t size = random_.below(static_cast<std::uint32_t>(limit) + 1);
  fill(out.first(size));
  return size;
}

std::size_t Mutator::write_request(std::span<std::byte> out) {
  switch (random_.below(4)) {
    case 0:
      return write_scrape(out);
    case 1: {
      ByteWriter writer(out);
      writer.write(protocol_magic);
      writer.write(std::uint32_t{0});
      writer.write(static_cast<std::uint32_t>(random_.next()));
      return connect_size;
    }
    default:
      return write_announce(out);
  }
}

std::size_t Mutator::write_announce(std::span<std::byte> out) {
  const auto announce = out.first(announce_size);
  fill(announce);
  ByteWriter writer(announce);
  writer.write(some_connection());
  writer.write(std::uint32_t{1});
  write_some_info_hash(announce.subspan(16, 20));
  store_be(announce.data() + 80, random_.below(6));
  store_be(announce.data() + 92, random_.below(100));
  store_be(announce.data() + 96, static_cast<std::uint16_t>(1 + random_.below(port_count)));
  return announce_size;
}

std::size_t Mutator::write_scrape(std::span<std::byte> out) {
  const std::size_t size = connect_size + std::size_t{20} * random_.below(80);
  fill(out.first(size));
  ByteWriter writer(out);
  writer.write(some_connection());
  writer.write(std::uint32_t{2});
  if (size > connect_size) write_some_info_hash(out.subspan(connect_size, 20));
  return size;
}

std::uint64_t Mutator::some_connection() {
  return one_in(8) ? random_.next() : connection_;
}

void Mutator::write_some_info_hash(std::span<std::byte> out) {
  std::ranges::fill(out, static_cast<std::byte>(random_.below(torrent_count)));
}

void Mutator::flip_bits(std::span<std::byte> request) {
  for (std::uint32_t flips = 1 + random_.below(4); flips > 0; --flips) {
    const std::uint32_t offset = random_.below(static_cast<std::uint32_t>(request.size()));
    if (!names_a_peer(offset)) request[offset] ^= std::byte{1} << random_.below(8);
  }
}

// Truncates anywhere, or appends zeros or noise, like padding clients and broken ones.
std::size_t Mutator::change_size(std::span<std::byte> out, std::size_t size) {
  if (one_in(2)) return random_.below(static_cast<std::uint32_t>(size) + 1);
  const std::size_t room = std::min<std::size_t>(out.size() - size, one_in(64) ? 4000 : 300);
  const auto added = out.subspan(size, random_.below(static_cast<std::uint32_t>(room) + 1));
  if (one_in(2)) {
    fill(added);
  } else {
    std::ranges::fill(added, std::byte{0});
  }
  return size + added.size();
}

void Mutator::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::uint64_t bits = random_.next();
    const std::size_t size = std::min(out.size(), sizeof bits);
    std::memcpy(out.data(), &bits, size);
    out = out.subspan(size);
  }
}

}  // namespace gyre::flood
