#include "common/ring/buffer_ring.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "common/ring/poison.hpp"

namespace gyre::ring {

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
    poison(bytes);
  }
  ring.publish_buffers();
  return buffers;
}

BufferRing::BufferRing(Ring& ring, std::uint32_t count, std::size_t buffer_size)
    : ring_(&ring),
      count_(count),
      buffer_size_(buffer_size),
      storage_(std::make_unique_for_overwrite<std::byte[]>(count * buffer_size)) {
  if (assertions_on) is_leased_.resize(count);
}

BufferRing::~BufferRing() {
  if (storage_) unpoison({storage_.get(), count_ * buffer_size_});
}

std::span<std::byte> BufferRing::buffer(std::uint16_t id) const {
  DCHECK(id < count_);
  return {storage_.get() + id * buffer_size_, buffer_size_};
}

BufferLease BufferRing::lease(std::uint16_t id, std::size_t size) {
  CHECK(id < count_ && size <= buffer_size_);
  DCHECK(!is_leased_[id] && leased_count_ < count_);
  if (assertions_on) is_leased_[id] = true;
  ++leased_count_;
  const auto bytes = buffer(id).first(size);
  unpoison(bytes);
  return {*this, id, bytes};
}

void BufferRing::give_back(std::uint16_t id) {
  DCHECK(is_leased_[id] && leased_count_ > 0);
  if (assertions_on) is_leased_[id] = false;
  --leased_count_;
  const auto bytes = buffer(id);
  poison(bytes);
  ring_->provide_buffer(id, bytes);
}

void BufferRing::check_invariants() const {
  CHECK(leased_count_ <= count_);
  if (assertions_on) CHECK(std::ranges::count(is_leased_, true) == leased_count_);
}

}  // namespace gyre::ring
