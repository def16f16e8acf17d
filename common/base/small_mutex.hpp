// A one-byte spinlock for short critical sections with little contention: one atomic exchange to
// lock, a plain store to unlock. Under contention it spins briefly and sleeps briefly, in turn.
// Works with std::scoped_lock.
//
// Nobody is ever woken. So a thread that locks again and again must pause for longer than a spin in
// between, to let others in.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "common/base/check.hpp"

namespace gyre {

class SmallMutex {
 public:
  void lock() {
    for (std::uint32_t spins = 0; held_.exchange(true, std::memory_order_acquire);) {
      // Reads only: a write would take the cache line away from the holder.
      while (held_.load(std::memory_order_relaxed)) wait(++spins);
    }
  }

  void unlock() {
    DCHECK(held_.load(std::memory_order_relaxed));
    held_.store(false, std::memory_order_release);
  }

 private:
  // A few microseconds: longer than an announce holds the lock, shorter than a sleep and a wake-up.
  static constexpr std::uint32_t spins_per_sleep = 100;
  static constexpr std::chrono::microseconds sleep_time{20};  // plus timer slack, about 50

  static void wait(std::uint32_t spins) {
    if (spins % spins_per_sleep == 0) return std::this_thread::sleep_for(sleep_time);
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");
#endif
  }

  std::atomic<bool> held_{false};
};

}  // namespace gyre
