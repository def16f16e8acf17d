// Memory for what connections send: a fixed number of slots of one size, lent for as long as bytes
// are on their way. Pages of slots that were never full are never touched.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/base/check.hpp"

namespace gyre::connection {

class SendSlots {
 public:
  using Index = std::uint32_t;

  SendSlots(std::uint32_t count, std::size_t slot_size)
      : slot_size_(slot_size),
        size_(count * slot_size),
        storage_(std::make_unique_for_overwrite<std::byte[]>(count * slot_size)) {
    free_.reserve(count);
    for (Index index = count; index > 0; --index) free_.push_back(index - 1);
  }

  // Nothing when all are in use.
  std::optional<Index> acquire() {
    if (free_.empty()) return std::nullopt;
    const Index index = free_.back();
    free_.pop_back();
    return index;
  }
  void release(Index index) {
    DCHECK((index + 1) * slot_size_ <= size_ && free_.size() < size_ / slot_size_);
    free_.push_back(index);
  }

  std::span<std::byte> operator[](Index index) const {
    DCHECK((index + 1) * slot_size_ <= size_);
    return {storage_.get() + index * slot_size_, slot_size_};
  }
  std::size_t slot_size() const { return slot_size_; }
  std::size_t free_count() const { return free_.size(); }

 private:
  std::size_t slot_size_;
  std::size_t size_;  // of all
  std::unique_ptr<std::byte[]> storage_;
  std::vector<Index> free_;  // the last one first: its memory is still in the cache
};

}  // namespace gyre::connection
