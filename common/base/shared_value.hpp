// A value that threads share and that is only ever replaced as a whole: the access list,
// certificates.
//
// Threading: everything may be called from any thread. A worker asks for a newer one once per turn,
// which is a load.
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
  // The value, if it is not of that version any more, which becomes its own; else null.
  std::shared_ptr<const T> get_if_newer(std::uint64_t& version_seen) const {
    const std::uint64_t now = version();
    if (now == version_seen) return nullptr;
    version_seen = now;
    return get();
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{0};
};

// One that is never null: at first what T is by default, as an empty list.
template <class T>
class SharedList : public SharedValue<T> {
 public:
  SharedList() : SharedValue<T>(std::make_shared<const T>()) {}
  void replace(T list) { SharedValue<T>::replace(std::make_shared<const T>(std::move(list))); }
};

}  // namespace gyre
