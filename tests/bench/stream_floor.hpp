// Shared parts of the floors over TCP: one ring that accepts, receives and closes.
//
// A Floor has
//   static constexpr std::size_t receive_buffer_size;
//   void received(ring::Ring&, int fd, std::span<const std::byte>);
//   void sent(ring::Ring&, int fd);       // a send with send_token(fd) has completed
//   bool ended(int fd);                 // receiving is over: false if a send is in flight, after
//                                       // which the floor closes the connection itself
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <iostream>
#include <span>
#include <vector>

#include "common/net/tcp_listener.hpp"
#include "common/ring/buffer_ring.hpp"
#include "common/ring/ring.hpp"
#include "tests/bench/floor.hpp"

namespace gyre::bench {

inline constexpr std::uint32_t receive_buffer_count = 256;  // like a worker

// Tokens: the operation, above its descriptor.
enum class StreamOperation : std::uint64_t { accept, receive, send, stop };
constexpr std::uint64_t token_of(StreamOperation operation, int fd = 0) {
  return static_cast<std::uint64_t>(operation) << 32 | static_cast<std::uint32_t>(fd);
}
constexpr std::uint64_t send_token(int fd) {
  return token_of(StreamOperation::send, fd);
}

template <class Floor>
void receive(ring::Ring& ring, ring::BufferRing& buffers, const ring::Completion& completion,
             int fd, Floor& floor) {
  if (const auto buffer_id = completion.buffer_id()) {
    const auto lease = buffers.lease(*buffer_id, static_cast<std::size_t>(completion.result));
    floor.received(ring, fd, lease.bytes());
  }
  if (completion.more()) return;
  if (completion.result > 0 || completion.result == -ENOBUFS) {
    ring.receive_stream(fd, token_of(StreamOperation::receive, fd));
  } else if (floor.ended(fd)) {
    ring.close_stream(fd, false);
  }
}

// Runs until `stop_fd` is readable. Returns an exit status.
template <class Floor>
int serve_streams(const net::TcpListener& listener, int stop_fd, Floor& floor) {
  auto ring = ring::Ring::create({.submission_entries = 1024, .completion_entries = 8192});
  if (!ring) {
    std::cerr << ring.error() << '\n';
    return 1;
  }
  if (!ring->register_files(std::array{listener.fd.get()})) return 1;
  auto buffers = ring::BufferRing::create(*ring, receive_buffer_count, Floor::receive_buffer_size);
  if (!buffers) return 1;
  ring->poll_readable(stop_fd, token_of(StreamOperation::stop));
  ring->accept_connections(0, token_of(StreamOperation::accept));
  while (true) {
    if (!ring->wait(1'000'000'000)) return 1;
    for (const auto& completion : ring->take_completions()) {
      const auto fd = static_cast<int>(completion.token & 0xffff'ffff);
      switch (static_cast<StreamOperation>(completion.token >> 32)) {
        case StreamOperation::accept:
          if (completion.result >= 0) {
            ring->receive_stream(completion.result,
                                 token_of(StreamOperation::receive, completion.result));
          }
          if (!completion.more()) ring->accept_connections(0, token_of(StreamOperation::accept));
          break;
        case StreamOperation::receive:
          receive(*ring, *buffers, completion, fd, floor);
          break;
        case StreamOperation::send:
          floor.sent(*ring, fd);
          break;
        case StreamOperation::stop:
          return 0;
      }
    }
    buffers->publish();
  }
}

// A listener for each worker; empty, after printing the error, if one cannot be created.
inline std::vector<net::TcpListener> listen_for_all(const FloorArguments& arguments) {
  std::vector<net::TcpListener> listeners;
  while (listeners.size() < arguments.worker_count) {
    auto listener = net::listen_tcp({.address = arguments.address, .backlog = 4096});
    if (!listener) {
      std::cerr << listener.error() << '\n';
      return {};
    }
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

}  // namespace gyre::bench
