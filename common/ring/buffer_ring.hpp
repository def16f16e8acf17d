// The receive buffers of one ring: storage, and leases that give a buffer back when its reader is
// done. Between the kernel, which fills buffers, and the workers, which read them in place.
//
// Invariant: a buffer is the kernel's or in exactly one lease. Under AddressSanitizer the kernel's
// buffers are poisoned, so that reading one after its lease has ended is reported.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "common/base/prefetch.hpp"
#include "common/ring/ring.hpp"

namespace gyre::ring {

class BufferRing;

// Movable, not copyable; the bytes are valid as long as it lives. Lives no longer than its
// BufferRing.
class BufferLease {
 public:
  BufferLease(BufferRing& owner, std::uint16_t id, std::span<std::byte> bytes)
      : owner_(&owner), id_(id), bytes_(bytes) {}
  BufferLease(BufferLease&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_), bytes_(other.bytes_) {}
  BufferLease& operator=(BufferLease&&) = delete;
  BufferLease(const BufferLease&) = delete;
  BufferLease& operator=(const BufferLease&) = delete;
  ~BufferLease();

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  BufferRing* owner_;
  std::uint16_t id_;
  std::span<std::byte> bytes_;
};

class BufferRing {
 public:
  // `count` is a power of two of at most 32768. Registers with the ring, which must outlive this.
  static std::expected<BufferRing, std::string> create(Ring& ring, std::uint32_t count,
                                                       std::size_t buffer_size);
  BufferRing(BufferRing&&) noexcept = default;
  ~BufferRing();

  // The lease of a buffer that a completion brought, of whose bytes `size` were filled.
  BufferLease lease(std::uint16_t id, std::size_t size);

  // Starts to fetch the beginning of a buffer that a completion brought: what else the kernel has
  // done since has driven it out of the nearest cache.
  void prefetch(std::uint16_t id) const { gyre::prefetch(buffer(id).data(), prefetched_size); }

  // Lets the kernel have what was given back. Call once per turn.
  void publish() { ring_->publish_buffers(); }

  std::uint32_t leased_count() const { return leased_count_; }

 private:
  friend class BufferLease;

  static constexpr std::size_t prefetched_size = 3 * cache_line_size;

  BufferRing(Ring& ring, std::uint32_t count, std::size_t buffer_size);
  std::span<std::byte> buffer(std::uint16_t id) const;
  void give_back(std::uint16_t id);

  Ring* ring_;
  std::uint32_t count_;
  std::size_t buffer_size_;
  std::uint32_t leased_count_ = 0;
  std::unique_ptr<std::byte[]> storage_;
};

}  // namespace gyre::ring
