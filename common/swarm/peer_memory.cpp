#include "common/swarm/peer_memory.hpp"

#include <bit>
#include <cstdlib>
#include <new>
#include <ranges>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/numbers.hpp"

namespace gyre::swarm {
namespace {

void* allocate(std::size_t size) {
  void* const memory = std::malloc(size);
  CHECK(memory != nullptr);
  return memory;
}

}  // namespace

template <class Address>
PeerMemory<Address>::PeerMemory(std::uint32_t capacity) {
  if (capacity == 0) return;
  piece_ = static_cast<std::byte*>(allocate(piece_size(capacity)));
  capacity_ = static_cast<std::uint16_t>(capacity);
  if (has_blocks()) std::fill_n(blocks(), block_count(capacity), nullptr);
  std::fill_n(cells(), PeerIndex::cell_count(capacity), PeerIndex::empty);
}

template <class Address>
PeerMemory<Address>::~PeerMemory() {
  if (capacity_ == 0) return;
  for (std::uint32_t index = 0; index < block_count(capacity_); ++index) std::free(blocks()[index]);
  std::free(piece_);
}

template <class Address>
PeerMemory<Address>& PeerMemory<Address>::operator=(PeerMemory&& other) noexcept {
  std::byte* const piece = piece_;
  piece_ = other.piece_;
  other.piece_ = piece;
  std::swap(capacity_, other.capacity_);
  return *this;
}

template <class Address>
std::uint32_t PeerMemory<Address>::capacity_for(std::uint32_t peers) {
  if (peers == 0) return 0;
  // jemalloc rounds sizes up to four steps between two powers of two.
  const std::size_t needed = piece_size(peers);
  const std::size_t step = std::bit_floor(needed - 1) / 4;
  const std::size_t size = round_up(needed, step);
  const std::uint32_t most = peers <= one_piece_max ? one_piece_max : PeerIndex::capacity_max;
  const auto capacities = std::views::iota(peers, most + 1);
  const auto fits = [size](std::uint32_t capacity) { return piece_size(capacity) <= size; };
  return *std::ranges::partition_point(capacities, fits) - 1;
}

template <class Address>
void PeerMemory<Address>::take_slots(PeerMemory& other, std::uint32_t count) {
  if (has_blocks() && other.has_blocks()) {
    const std::uint32_t needed = units_of(count, block_peers);
    for (std::uint32_t index = 0; index < needed; ++index) {
      blocks()[index] = std::exchange(other.blocks()[index], nullptr);
    }
    return;
  }
  for (std::uint32_t position = 0; position < count; ++position) {
    reserve(position);
    (*this)[position] = other[position];
  }
}

template <class Address>
void PeerMemory<Address>::reserve_block(std::uint32_t index) {
  Slot*& block = blocks()[index];
  if (block == nullptr) block = static_cast<Slot*>(allocate(block_peers * sizeof(Slot)));
}

template <class Address>
void PeerMemory<Address>::release_block(std::uint32_t index) {
  if (index < block_count(capacity_)) std::free(std::exchange(blocks()[index], nullptr));
}

template class PeerMemory<Ipv4Address>;
template class PeerMemory<Ipv6Address>;

}  // namespace gyre::swarm
