// One UDP socket to a tracker, for a flood: sends datagrams by the batch and waits until the
// tracker has caught up. Blocking, for one thread; knows connects and nothing else of the protocol.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"
#include "tests/integration/flood/mutator.hpp"

namespace gyre::flood {

class TrackerLink {
 public:
  // Together with the other sockets' batches well below what a socket buffer of the kernel's
  // default size holds (about 270 small datagrams).
  static constexpr std::size_t batch_size = 16;

  static std::expected<TrackerLink, std::string> open(const net::SocketAddress& tracker);

  // Room for the next datagram of the batch; its size is told by commit().
  std::span<std::byte, datagram_size_max> slot();
  void commit(std::size_t size) { sizes_[filled_++] = size; }

  // Sends what was committed, and a connect behind it.
  std::expected<void, std::string> send();

  // Waits for the connect's answer and returns the connection id in it; what arrives before counts
  // as a response. A lost connect is repeated a few times.
  std::expected<std::uint64_t, std::string> await_probe();

  std::uint64_t sent() const { return sent_; }            // datagrams, connects included
  std::uint64_t responses() const { return responses_; }  // likewise
  std::uint64_t probes_lost() const { return probes_lost_; }

 private:
  explicit TrackerLink(Fd socket) : socket_(std::move(socket)), bytes_(batch_size) {}

  std::expected<void, std::string> send_probe();
  std::optional<std::uint64_t> receive_until_probe();

  Fd socket_;
  std::vector<std::array<std::byte, datagram_size_max>> bytes_;
  std::array<std::size_t, batch_size> sizes_{};
  std::size_t filled_ = 0;
  std::uint32_t probe_transaction_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t responses_ = 0;
  std::uint64_t probes_lost_ = 0;
};

}  // namespace gyre::flood
