// Buffers into which sockets are read, many datagrams in one call that never waits. One for each
// worker, used again for each call.
//
// Not io_uring, unlike the trackers: a receive that waits in a ring is woken by each datagram, on
// the CPU of the tracker that sent it. Reading in a spinning loop costs the tracker nothing, and
// was measured to cost less here as well.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <expected>
#include <span>
#include <vector>

namespace gyre::load_test::udp {

class Receiver {
 public:
  static constexpr std::size_t batch_max = 64;
  // That of a thousand peers; longer ones are cut.
  static constexpr std::size_t datagram_size_max = 8192;

  Receiver();

  using Batch = std::span<const std::span<const std::byte>>;

  // What the socket has, at most batch_max datagrams; none if it has nothing. Valid until the next
  // call. The error is an errno.
  std::expected<Batch, int> receive(int fd);

 private:
  std::vector<std::byte> bytes_;
  std::vector<iovec> places_;
  std::vector<mmsghdr> messages_;
  std::vector<std::span<const std::byte>> datagrams_;
};

}  // namespace gyre::load_test::udp
