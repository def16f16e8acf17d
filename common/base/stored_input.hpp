// Input of a connection that cannot be used yet: the beginning of a request, or what came while an
// answer was under way. An empty one holds no memory. Between receive buffers, which go back to the
// kernel at once, and parsers.
//
// All connections of a worker draw on one budget, so that many of them cannot use up the memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace gyre {

struct InputBudget {
  std::size_t free_size = 0;  // bytes
};

// clear() before it goes, so that the budget gets its bytes back.
class StoredInput {
 public:
  std::span<const std::byte> bytes() const { return {storage_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return end_ == begin_; }

  // Sees to it that so many bytes more can be appended. False: the budget is used up.
  bool reserve(std::size_t more_size, InputBudget& budget);
  // False: the budget is used up, and nothing was stored.
  bool append(std::span<const std::byte> more, InputBudget& budget);

  // Forgets the first bytes; when none is left, the memory goes back.
  void consume(std::size_t size, InputBudget& budget);
  void clear(InputBudget& budget) { consume(size(), budget); }

 private:
  std::unique_ptr<std::byte[]> storage_;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace gyre
