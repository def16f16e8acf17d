// Input of one connection that cannot be processed yet: the beginning of a request, or what came in
// while a response was being sent. An empty one holds no memory.
//
// All connections of a worker draw on one budget, so that together they cannot exhaust the memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace gyre {

struct InputBudget {
  std::size_t free_size = 0;  // bytes
};

// REQUIRES: clear() before destruction, so that the budget gets its bytes back.
class StoredInput {
 public:
  std::span<const std::byte> bytes() const { return {storage_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return end_ == begin_; }

  // Makes space for `more_size` more bytes. False: the budget is exhausted.
  bool reserve(std::size_t more_size, InputBudget& budget);
  // False: the budget is exhausted, and nothing was stored.
  bool append(std::span<const std::byte> more, InputBudget& budget);

  // Removes the first `size` bytes; an empty one frees its memory.
  void consume(std::size_t size, InputBudget& budget);
  void clear(InputBudget& budget) { consume(size(), budget); }

 private:
  std::unique_ptr<std::byte[]> storage_;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace gyre
