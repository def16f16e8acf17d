#include "common/base/stored_input.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/base/check.hpp"

namespace gyre {

bool StoredInput::reserve(std::size_t more_size, InputBudget& budget) {
  constexpr std::size_t capacity_min = 512;
  DCHECK(begin_ <= end_ && end_ <= capacity_);
  if (end_ + more_size <= capacity_) return true;
  const std::size_t kept = size();
  const std::size_t capacity = std::max(capacity_min, std::bit_ceil(kept + more_size));
  if (capacity > capacity_) {
    if (capacity - capacity_ > budget.free_size) return false;
    budget.free_size -= capacity - capacity_;
    auto storage = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (kept > 0) std::memcpy(storage.get(), storage_.get() + begin_, kept);
    storage_ = std::move(storage);
    capacity_ = static_cast<std::uint32_t>(capacity);
  } else {
    std::memmove(storage_.get(), storage_.get() + begin_, kept);
  }
  begin_ = 0;
  end_ = static_cast<std::uint32_t>(kept);
  return true;
}

bool StoredInput::append(std::span<const std::byte> more, InputBudget& budget) {
  if (more.empty()) return true;
  if (!reserve(more.size(), budget)) return false;
  std::memcpy(storage_.get() + end_, more.data(), more.size());
  DCHECK(end_ + more.size() <= capacity_);
  end_ += static_cast<std::uint32_t>(more.size());
  return true;
}

void StoredInput::consume(std::size_t size, InputBudget& budget) {
  DCHECK(size <= this->size() && end_ <= capacity_);
  begin_ += static_cast<std::uint32_t>(size);
  if (begin_ < end_) return;
  budget.free_size += capacity_;
  storage_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace gyre
