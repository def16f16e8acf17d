// The access list in force, shared by the threads of a tracker and replaced whole on reload.
//
// Threading: everything may be called from any thread. A worker compares the version once per turn
// and fetches the list only when it has changed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "common/swarm/access_list.hpp"

namespace gyre::swarm {

class SharedAccessList {
 public:
  void replace(AccessList list) {
    auto shared = std::make_shared<const AccessList>(std::move(list));
    const std::scoped_lock lock(mutex_);
    list_.swap(shared);
    version_.fetch_add(1, std::memory_order_release);
  }
  std::shared_ptr<const AccessList> get() const {
    const std::scoped_lock lock(mutex_);
    return list_;
  }
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const AccessList> list_ = std::make_shared<const AccessList>();
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace gyre::swarm
