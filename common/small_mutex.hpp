// A mutex of four bytes for short critical sections that seldom meet: one atomic exchange to lock,
// one to unlock; where two threads do meet, a short spin, then a futex (std::atomic::wait). Works
// with std::scoped_lock.
#pragma once

#include <atomic>
#include <cstdint>

namespace gyre {

class SmallMutex {
 public:
  void lock() {
    std::uint32_t expected = free;
    if (state_.compare_exchange_strong(expected, held, std::memory_order_acquire)) return;
    for (int i = 0; i < spins_max; ++i) {
      expected = free;
      if (state_.load(std::memory_order_relaxed) == free &&
          state_.compare_exchange_weak(expected, held, std::memory_order_acquire)) {
        return;
      }
      pause();
    }
    while (state_.exchange(contended, std::memory_order_acquire) != free) state_.wait(contended);
  }

  void unlock() {
    if (state_.exchange(free, std::memory_order_release) == contended) state_.notify_one();
  }

 private:
  // A few microseconds, which is more than an announce takes, and less than to sleep and wake.
  static constexpr int spins_max = 100;

  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }

  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t contended = 2;  // held, and somebody may be waiting

  std::atomic<std::uint32_t> state_{free};
};

}  // namespace gyre
