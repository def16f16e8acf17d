#include "common/io/buffer_ring.hpp"

#include "common/check.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(address, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) static_cast<void>(0)
#endif

namespace gyre::io {

BufferLease::~BufferLease() {
  if (owner_ != nullptr) owner_->give_back(id_);
}

std::expected<BufferRing, std::string> BufferRing::create(Ring& ring, std::uint32_t count,
                                                          std::size_t buffer_size) {
  if (const auto registered = ring.register_buffers(count); !registered) {
    return std::unexpected(registered.error());
  }
  BufferRing buffers(ring, count, buffer_size);
  for (std::uint32_t id = 0; id < count; ++id) {
    const auto bytes = buffers.buffer(static_cast<std::uint16_t>(id));
    ring.provide_buffer(static_cast<std::uint16_t>(id), bytes);
    ASAN_POISON_MEMORY_REGION(bytes.data(), bytes.size());
  }
  ring.publish_buffers();
  return buffers;
}

BufferRing::BufferRing(Ring& ring, std::uint32_t count, std::size_t buffer_size)
    : ring_(&ring),
      count_(count),
      buffer_size_(buffer_size),
      storage_(std::make_unique_for_overwrite<std::byte[]>(count * buffer_size)) {}

BufferRing::~BufferRing() {
  if (storage_) ASAN_UNPOISON_MEMORY_REGION(storage_.get(), count_ * buffer_size_);
}

std::span<std::byte> BufferRing::buffer(std::uint16_t id) const {
  return {storage_.get() + id * buffer_size_, buffer_size_};
}

BufferLease BufferRing::lease(std::uint16_t id, std::size_t size) {
  CHECK(id < count_ && size <= buffer_size_);
  ++leased_count_;
  const auto bytes = buffer(id).first(size);
  ASAN_UNPOISON_MEMORY_REGION(bytes.data(), bytes.size());
  return {*this, id, bytes};
}

void BufferRing::give_back(std::uint16_t id) {
  --leased_count_;
  const auto bytes = buffer(id);
  ASAN_POISON_MEMORY_REGION(bytes.data(), bytes.size());
  ring_->provide_buffer(id, bytes);
}

}  // namespace gyre::io
