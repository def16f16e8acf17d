// The state of a Ring, for the two files that implement it on liburing: ring.cpp sets the ring up
// and reaps completions, ring_operations.cpp fills in submission entries. Private to them.
#pragma once

#include <liburing.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/check.hpp"
#include "common/ring/ring.hpp"

namespace gyre::ring {

inline constexpr int buffer_group = 0;
inline constexpr int submit_attempts_max = 10'000;
// For completions of cancels, which nobody waits for. REQUIRES: no caller uses it as a token.
inline constexpr std::uint64_t ignored_token = ~std::uint64_t{0};

// One page-aligned mapping, shared with the kernel.
class BufferRingMemory {
 public:
  explicit BufferRingMemory(std::size_t entries)
      : size_(entries * sizeof(io_uring_buf)),
        address_(
            ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0)) {}
  BufferRingMemory(const BufferRingMemory&) = delete;
  BufferRingMemory& operator=(const BufferRingMemory&) = delete;
  ~BufferRingMemory() {
    if (valid()) ::munmap(address_, size_);
  }
  bool valid() const { return address_ != MAP_FAILED; }
  io_uring_buf_ring* get() const { return static_cast<io_uring_buf_ring*>(address_); }

 private:
  std::size_t size_;
  void* address_;
};

struct Ring::Impl {
  io_uring ring{};
  std::vector<Completion> completions;  // of the last take_completions()
  std::unique_ptr<BufferRingMemory> buffers;
  std::uint32_t buffer_count = 0;
  int unpublished_count = 0;
  std::uint64_t overflow_count = 0;
  bool sends_to_addresses = false;
  const std::thread::id owner = std::this_thread::get_id();

  ~Impl() {
    io_uring_unregister_files(&ring);  // at once; the kernel takes the rest down in its own time
    io_uring_queue_exit(&ring);
  }

  bool is_in_own_thread() const { return std::this_thread::get_id() == owner; }

  // Submits every entry. Returns 0, or an errno that leaves the ring unusable.
  int submit_all() {
    for (int attempt = 0; io_uring_sq_ready(&ring) > 0; ++attempt) {
      const int result = io_uring_submit(&ring);
      if (result >= 0) continue;
      // EBUSY: the completion queue has overflowed. Fetching events drains the backlog; none is
      // lost.
      const bool passing = result == -EBUSY || result == -EAGAIN || result == -EINTR;
      if (!passing || attempt == submit_attempts_max) return -result;
      io_uring_get_events(&ring);
    }
    return 0;
  }

  io_uring_sqe* next_entry() {
    DCHECK(is_in_own_thread());
    io_uring_sqe* entry = io_uring_get_sqe(&ring);
    if (entry == nullptr) {
      // The submission queue is full: submit in the middle of a turn.
      CHECK(submit_all() == 0);
      entry = io_uring_get_sqe(&ring);
      CHECK(entry != nullptr);
    }
    return entry;
  }

  // Whether plain sends of this kernel take an address, as from Linux 6.2 on. Older kernels refuse
  // the operation before they look up the (invalid) file.
  bool probe_sends_to_addresses() {
    const sockaddr_in nowhere{};
    io_uring_sqe* entry = next_entry();
    io_uring_prep_send(entry, -1, nullptr, 0, 0);
    io_uring_prep_send_set_addr(entry, reinterpret_cast<const sockaddr*>(&nowhere), sizeof nowhere);
    io_uring_cqe* completion = nullptr;
    if (submit_all() != 0 || io_uring_wait_cqe(&ring, &completion) != 0) return false;
    const bool known = completion->res == -EBADF;
    io_uring_cqe_seen(&ring, completion);
    return known;
  }

  // Sends a message to itself. Returns 0, or the errno of the refusal.
  int probe_messages() {
    io_uring_sqe* entry = next_entry();
    io_uring_prep_msg_ring(entry, ring.ring_fd, 0, ignored_token, 0);
    io_uring_sqe_set_flags(entry, IOSQE_CQE_SKIP_SUCCESS);
    io_uring_sqe_set_data64(entry, 0);
    if (const int error_number = submit_all(); error_number != 0) return error_number;
    io_uring_cqe* completion = nullptr;
    if (const int result = io_uring_wait_cqe(&ring, &completion); result != 0) return -result;
    const int error_number = completion->user_data == ignored_token ? 0 : -completion->res;
    io_uring_cqe_seen(&ring, completion);
    return error_number;
  }

  void send(std::uint32_t file_index, const msghdr& message, std::uint64_t token,
            unsigned message_flags, unsigned entry_flags) {
    io_uring_sqe* entry = next_entry();
    DCHECK(token != ignored_token);
    const auto file = static_cast<int>(file_index);
    // Cheaper for the kernel: a plain send has everything in the entry, sendmsg has it copy a
    // msghdr.
    if (sends_to_addresses && message.msg_controllen == 0 && message.msg_iovlen == 1) {
      io_uring_prep_send(entry, file, message.msg_iov->iov_base, message.msg_iov->iov_len,
                         static_cast<int>(message_flags | MSG_NOSIGNAL));
      io_uring_prep_send_set_addr(entry, static_cast<const sockaddr*>(message.msg_name),
                                  static_cast<std::uint16_t>(message.msg_namelen));
    } else {
      io_uring_prep_sendmsg(entry, file, &message, message_flags | MSG_NOSIGNAL);
    }
    io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE | entry_flags);
    io_uring_sqe_set_data64(entry, token);
  }
};

}  // namespace gyre::ring
