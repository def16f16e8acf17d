// A UDP socket to a tracker, for a flood: sends datagrams in batches and waits until the tracker
// has caught up. Blocking, single-threaded. Of the protocol it knows only connects.
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
  // Together with the other sockets' batches, well below what a socket buffer of the default size
  // holds (about 270 small datagrams).
  static constexpr std::size_t batch_size = 16;

  static std::expected<TrackerLink, std::string> open(const net::SocketAddress& tracker);

  // The buffer of the next datagram of the batch; commit() sets its size.
  std::span<std::byte, datagram_size_max> slot();
  void commit(std::size_t size) { sizes_[filled_++] = size; }

  // Sends the committed datagrams, followed by a connect.
  std::expected<void, std::string> send();

  // Waits for the response to the connect and returns its connection id; whatever arrives before
  // counts as a response. A lost connect is repeated a few times.
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
