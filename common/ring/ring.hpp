// One io_uring of one worker thread: operations go in, completions come out. Between the workers
// and the kernel; it knows no protocols, and keeps no buffers or slots: what an operation points to
// is the caller's, and stays until its completion.
//
// There are two implementations of this header, chosen when linking: ring.cpp on liburing, and the
// simulated one of the tests, which injects faults.
//
// Threading: everything is called from the thread that created the ring.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/net/socket_address.hpp"

namespace gyre::ring {

struct RingOptions {
  std::uint32_t submission_entries = 256;
  // No more completions than this can ever wait at once: then none overflows.
  std::uint32_t completion_entries = 4096;
};

// `token` is what the caller gave with the operation.
struct Completion {
  std::uint64_t token = 0;
  std::int32_t result = 0;  // a count, or -errno
  std::uint32_t flags = 0;

  bool more() const;                               // a multishot goes on; without it, arm again
  std::optional<std::uint16_t> buffer_id() const;  // of the ring's buffers, now the caller's
};

// A datagram to send. Everything it points to stays valid until the operation has completed.
struct SendOperation {
  std::uint32_t file_index = 0;
  const msghdr* message = nullptr;
  std::uint64_t token = 0;
};

// Bytes to send on a connection, which stay valid until the operation has completed.
struct StreamSend {
  int fd = -1;
  std::span<const std::byte> bytes{};
  // finish_sending() or close_stream() follows: the last bytes may wait for it, and leave with the
  // end of the stream in one packet.
  bool last = false;
  std::uint64_t token = 0;
};

// A ring of this program, as others name it to send it messages: as long as it lives.
using RingId = int;

class Ring {
 public:
  // The error says what the system lacks and how to provide it.
  static std::expected<Ring, std::string> create(const RingOptions& options);
  Ring(Ring&&) noexcept;
  Ring& operator=(Ring&&) noexcept;
  ~Ring();

  // Operations name files by their index in this list. Call once.
  std::expected<void, std::string> register_files(std::span<const int> fds);

  // A ring of `count` receive buffers (a power of two, at most 32768). The kernel takes a provided
  // buffer for each datagram; its completion hands it back to the caller. Call once.
  std::expected<void, std::string> register_buffers(std::uint32_t count);
  void provide_buffer(std::uint16_t buffer_id, std::span<std::byte> bytes);
  void publish_buffers();  // makes what was provided since the last call visible to the kernel

  // Receives datagrams into provided buffers until a completion without more(). `shape` says how
  // much room each leaves for name and control data (msg_namelen, msg_controllen), and stays valid.
  void receive_datagrams(std::uint32_t file_index, msghdr* shape, std::uint64_t token);

  // Sends at once or not at all: completes, when submit() returns, only if it failed, with -EAGAIN
  // where the socket is full. A success has no completion.
  void send_now(const SendOperation& operation);

  // Sends when the socket has room. Always completes.
  void send_when_possible(const SendOperation& operation);

  // Accepts connections until a completion without more(); each result is a descriptor, which the
  // caller ends with close_stream(). Out of descriptors (-EMFILE, -ENFILE) it ends, and the
  // connection waits in the listener's queue.
  void accept_connections(std::uint32_t file_index, std::uint64_t token);

  // Receives what comes into provided buffers, until a completion without more(). A result of 0
  // without a buffer is the end of the stream.
  void receive_stream(int fd, std::uint64_t token);

  // Sends all of it, however long that takes, and always completes: with the size, or with an error
  // or a smaller count when the connection broke.
  void send_stream(const StreamSend& operation);

  // These are done when they return.
  // Who is at the other end, an IPv4-mapped address as IPv4; nothing for a unix socket.
  std::optional<net::SocketAddress> peer_of(int fd) const;
  // Tells the other end that nothing more will come; receiving goes on.
  void finish_sending(int fd);
  // Requires: no operation of this descriptor is under way. `reset` drops what the other end has
  // not taken yet, and tells it so; else the kernel goes on delivering it.
  void close_stream(int fd, bool reset);

  // Completes when `fd` becomes readable.
  void poll_readable(int fd, std::uint64_t token);

  RingId id() const;
  // Whether the kernel has such messages; the error says what is needed. Before any operation.
  std::expected<void, std::string> check_messages();
  // A completion with `token` and result 0 arrives in that ring, from whatever thread, and wakes
  // its wait(). This ring hears of it, under `own_token`, only if it failed: -EOVERFLOW when that
  // ring has no room now, -EBADFD or -EBADF when it is gone.
  void send_message(RingId ring, std::uint64_t token, std::uint64_t own_token);

  // Ends the operation with that token, which then completes with -ECANCELED.
  void cancel(std::uint64_t token);

  // Hands every operation to the kernel, and lets it bring what has arrived: a busy worker needs
  // one system call per turn. The error is an errno that leaves the ring unusable.
  std::expected<void, int> submit();

  // Submits, then waits for a completion, or until the time is over.
  std::expected<void, int> wait(std::uint64_t timeout_ns);

  // Takes the completions that have arrived, at most as many as completion_entries. The span holds
  // until the next call.
  std::span<const Completion> take_completions();

  // How often the kernel had to keep completions back for want of room.
  std::uint64_t overflow_count() const;

 private:
  struct Impl;
  explicit Ring(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace gyre::ring
