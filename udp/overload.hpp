// How far a worker that gets more than it can serve has to shed: level 0 is nothing, and each level
// halves what a network may have (ClientRates).
//
// Rules, applied ten times per second:
//   1. A worker is overloaded if nearly all its turns are full, so that more was waiting, and the
//      kernel has dropped some. The level rises if most of what came was answered: then fewer
//      answers help.
//   2. It falls, by one per second, when all that was shed could have been served: when that and
//      what was answered are less than three quarters of the answers when the overload began.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/types.hpp"
#include "udp/counters.hpp"

namespace gyre::udp {

class OverloadLevel {
 public:
  static constexpr std::uint64_t interval_ns = 100'000'000;
  static constexpr unsigned level_max = 8;

  void count_turn(std::uint64_t received, std::uint64_t answered, bool is_full) {
    if (received == 0) return;
    ++now_.turns;
    now_.full_turns += is_full ? 1 : 0;
    now_.received += received;
    now_.answered += answered;
  }

  // Ends an interval in which so many datagrams were dropped by the kernel and shed. Returns the
  // level of the next one.
  unsigned end_interval(std::uint64_t kernel_drops, std::uint64_t shed);

 private:
  struct Interval {
    std::uint64_t turns = 0;  // that received any
    std::uint64_t full_turns = 0;
    std::uint64_t received = 0;
    std::uint64_t answered = 0;
  };

  Interval now_;
  unsigned level_ = 0;
  unsigned calm_intervals_ = 0;
  std::uint64_t capacity_ = 0;  // answers in the interval in which the overload began
};

// Measures it for a worker, with the drops of its sockets.
class OverloadMeter {
 public:
  using DropCount = std::uint32_t (*)(int fd);  // net::kernel_drop_count

  OverloadMeter(DropCount drop_count, WorkerMetrics& metrics)
      : drop_count_(drop_count), metrics_(metrics) {}
  void watch(int fd, Family family) { sockets_.push_back({.fd = fd, .family = family}); }

  void count_turn(std::uint64_t received, std::uint64_t answered, bool is_full) {
    level_.count_turn(received, answered, is_full);
  }
  // The level of the interval that begins, if one does.
  std::optional<unsigned> next_interval(std::uint64_t now_ns);

 private:
  struct Socket {
    int fd = -1;
    Family family = Family::ipv4;
    std::uint32_t drops = 0;  // when last counted
  };

  std::uint64_t count_kernel_drops();

  DropCount drop_count_;
  WorkerMetrics& metrics_;
  std::vector<Socket> sockets_;
  OverloadLevel level_;
  std::uint64_t began_at_ns_ = 0;
  std::uint64_t shed_before_ = 0;
};

}  // namespace gyre::udp
