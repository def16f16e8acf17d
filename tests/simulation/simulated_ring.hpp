// A kernel in memory for common/ring/ring.hpp: programs linked with simulated_ring.cpp in place of
// ring.cpp run their loops against it, and it misbehaves as a real one may, by a seed.
//
// A Kernel must exist before Ring::create() and outlive the rings; there is one at a time. Several
// rings work by turns: listeners of the same index are one socket, connections and buffers are of
// all of them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "common/base/random.hpp"
#include "common/ring/ring.hpp"
#include "tests/simulation/simulated_streams.hpp"

namespace gyre::simulation {

// Chances in 1000, at each occasion.
struct Faults {
  std::uint32_t receive_ends = 0;       // a multishot's completion comes without more()
  std::uint32_t receive_cancelled = 0;  // a multishot ends with ECANCELED, without a datagram
  std::uint32_t send_would_block = 0;   // send_now fails with EAGAIN
  std::uint32_t send_fails = 0;         // a send fails with EPERM
  std::uint32_t send_waits_on = 0;      // a waiting send goes on waiting
  std::uint32_t completions_held = 0;   // the ring overflows: some completions come a wait later
  std::uint32_t message_late = 0;       // messages between rings arrive a wait later
  std::uint32_t message_fails = 0;      // the other ring has no room for it
  bool reordered = false;               // completions of different operations change places
};

struct Datagram {
  std::vector<std::byte> name;  // a sockaddr
  std::vector<std::byte> payload;
};

class Kernel {
 public:
  explicit Kernel(std::uint64_t seed);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // From the outside world into the socket that was registered at this index.
  void deliver(std::uint32_t file_index, Datagram datagram) {
    sockets[file_index].push_back(std::move(datagram));
  }
  void make_readable(int fd) { readable_fd = fd; }

  bool chance(std::uint32_t in_1000) { return random.below(1000) < in_1000; }
  std::size_t waiting_datagrams() const;

  Random random;
  Faults faults;
  Streams streams{random};
  std::map<std::uint32_t, std::deque<Datagram>> sockets;
  std::vector<Datagram> sent;  // name: the destination
  std::uint64_t send_failures = 0;
  std::uint64_t buffer_shortages = 0;
  std::uint64_t overflows = 0;
  std::size_t provided_buffers = 0;  // those that the kernel owns now
  int readable_fd = -1;
  std::map<int, std::deque<std::uint64_t>> messages;  // for each ring that there is
  int next_ring = 1;
};

}  // namespace gyre::simulation
