// A value that threads share and that is only ever replaced as a whole: the access list,
// certificates.
//
// Threading: everything may be called from any thread. A worker compares version() once per turn
// and fetches the value only when it has changed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace gyre {

template <class T>
class SharedValue {
 public:
  explicit SharedValue(std::shared_ptr<const T> value = nullptr) : value_(std::move(value)) {}

  void replace(std::shared_ptr<const T> value) {
    const std::scoped_lock lock(mutex_);
    value_.swap(value);
    version_.fetch_add(1, std::memory_order_release);
  }
  std::shared_ptr<const T> get() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace gyre
