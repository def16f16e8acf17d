// The receive buffers of one ring: their storage, and leases that give a buffer back to the kernel
// when its reader is done.
//
// Invariant: a buffer is either the kernel's or in exactly one lease. Under AddressSanitizer the
// kernel's buffers are poisoned, so that reading one after its lease has ended is reported.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/prefetch.hpp"
#include "common/ring/ring.hpp"

namespace gyre::ring {

class BufferRing;

// One received buffer, which goes back to the kernel with the lease's end. The bytes are valid as
// long as the lease lives. REQUIRES: the BufferRing outlives it.
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

  // The lease of a buffer that a completion brought, `size` bytes of which are filled.
  // REQUIRES: no other lease of the buffer lives.
  BufferLease lease(std::uint16_t id, std::size_t size);

  // Prefetches the beginning of a buffer that a completion brought: the kernel has received others
  // since, which may have evicted it from the L1 cache.
  void prefetch(std::uint16_t id) const { gyre::prefetch(buffer(id).data(), prefetched_size); }

  // Makes the returned buffers visible to the kernel. Call once per turn.
  void publish() { ring_->publish_buffers(); }

  std::uint32_t leased_count() const { return leased_count_; }
  // In full, for tests: O(count). What costs O(1) is checked with every lease.
  void check_invariants() const;

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
  std::vector<bool> is_leased_;  // kept only where assertions are on
};

}  // namespace gyre::ring
