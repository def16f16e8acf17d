// The io_uring of one worker thread: operations go in, completions come out. The ring owns neither
// buffers nor slots: what an operation points to belongs to the caller and stays valid until the
// completion.
//
// The header has two implementations, chosen at link time: ring.cpp on liburing, and the simulated
// ring of the tests, which injects faults.
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
  // At least as many as can be outstanding at once: then the queue never overflows.
  std::uint32_t completion_entries = 4096;
};

// `token` is what the caller gave with the operation.
struct Completion {
  std::uint64_t token = 0;
  std::int32_t result = 0;  // a count, or -errno
  std::uint32_t flags = 0;

  bool more() const;                               // a multishot is still armed
  std::optional<std::uint16_t> buffer_id() const;  // of the ring's buffers, now the caller's
};

// The address of a ring for send_message(), valid as long as that ring lives.
using RingId = int;

class Ring {
 public:
  // The error says what the system lacks and how to provide it.
  static std::expected<Ring, std::string> create(const RingOptions& options);
  Ring(Ring&&) noexcept;
  Ring& operator=(Ring&&) noexcept;
  ~Ring();

  // Registers the files that operations name by their index in this list. Call once.
  std::expected<void, std::string> register_files(std::span<const int> fds);

  // Registers a ring of `count` receive buffers (a power of two, at most 32768). The kernel takes a
  // provided buffer for each datagram or piece of a stream; the completion hands it to the caller.
  // Call once.
  std::expected<void, std::string> register_buffers(std::uint32_t count);
  void provide_buffer(std::uint16_t buffer_id, std::span<std::byte> bytes);
  void publish_buffers();  // makes what was provided since the last call visible to the kernel

  // Receives datagrams into provided buffers until a completion without more(). `shape` says how
  // many bytes each leaves for name and control messages (msg_namelen, msg_controllen), and stays
  // valid.
  void receive_datagrams(std::uint32_t file_index, msghdr* shape, std::uint64_t token);

  // Sends a datagram, at once or not at all. Completes only on failure, by the time submit()
  // returns: with -EAGAIN if the send buffer is full.
  void send_now(std::uint32_t file_index, const msghdr& message, std::uint64_t token);

  // Sends it when the send buffer has space. Always completes.
  void send_when_possible(std::uint32_t file_index, const msghdr& message, std::uint64_t token);

  // Accepts connections until a completion without more(). Each result is a descriptor, which the
  // caller closes by close_stream(). Without free descriptors (-EMFILE, -ENFILE) it ends, and
  // connections stay in the listener's backlog.
  void accept_connections(std::uint32_t file_index, std::uint64_t token);

  // Receives into provided buffers until a completion without more(). A result of 0 without a
  // buffer is the end of the stream.
  void receive_stream(int fd, std::uint64_t token);

  // Sends all of the bytes, however long that takes. Always completes: with the size, or with an
  // error or a smaller count if the connection broke. `is_last`: finish_sending() or close_stream()
  // follows, and the kernel may hold the last bytes back until then, so that they leave in one
  // packet with the FIN (MSG_MORE).
  void send_stream(int fd, std::span<const std::byte> bytes, std::uint64_t token, bool is_last);

  // The next three are system calls, done when they return.
  //
  // The peer's address, an IPv4-mapped one as IPv4; nullopt for a unix socket.
  std::optional<net::SocketAddress> peer_of(int fd) const;
  // Ends our side of the stream (FIN); receiving goes on.
  void finish_sending(int fd);
  // Closes the descriptor. With `reset`, unsent bytes are discarded and the peer gets a RST;
  // without, the kernel goes on delivering them. REQUIRES: no operation on this descriptor is in
  // flight.
  void close_stream(int fd, bool reset);

  // Completes when `fd` becomes readable.
  void poll_readable(int fd, std::uint64_t token);

  RingId id() const;
  // Whether the kernel supports messages between rings; the error says what is needed. REQUIRES: no
  // operation has been started yet.
  std::expected<void, std::string> check_messages();
  // Puts a completion with `token` and result 0 into that ring, of whatever thread, and wakes its
  // wait(). This ring gets a completion under `own_token` only on failure: -EOVERFLOW if that
  // ring's completion queue is full, -EBADFD or -EBADF if it is gone.
  void send_message(RingId ring, std::uint64_t token, std::uint64_t own_token);

  // Cancels the operation with that token, which then completes with -ECANCELED.
  void cancel(std::uint64_t token);

  // Submits all operations and lets the kernel post what has arrived: a busy worker needs one
  // system call per turn. The error is an errno that leaves the ring unusable.
  std::expected<void, int> submit();

  // Submits, then waits until there is a completion or the timeout has passed.
  std::expected<void, int> wait(std::uint64_t timeout_ns);

  // Reaps the completions that have arrived, at most completion_entries. The span is valid until
  // the next call.
  std::span<const Completion> take_completions();

  // How often the completion queue has overflowed, so that the kernel kept completions in its
  // backlog.
  std::uint64_t overflow_count() const;

 private:
  struct Impl;
  explicit Ring(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace gyre::ring
