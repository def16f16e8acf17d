// A table of items that are addressed by index and never move. It grows by chunks and never
// shrinks.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/check.hpp"

namespace gyre {

template <class T>
class SlotTable {
 public:
  // All indices below it are valid, free items included.
  std::uint32_t size() const { return static_cast<std::uint32_t>(chunks_.size()) * chunk_size; }
  T& operator[](std::uint32_t index) {
    DCHECK(index < size());
    return chunks_[index / chunk_size][index % chunk_size];
  }
  void grow_beyond(std::uint32_t index) {
    while (index >= size()) chunks_.push_back(std::make_unique<T[]>(chunk_size));
  }

 private:
  static constexpr std::uint32_t chunk_size = 256;

  std::vector<std::unique_ptr<T[]>> chunks_;
};

}  // namespace gyre
