#include "common/io/ring.hpp"

#include <liburing.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>

#include <cstring>
#include <utility>
#include <vector>

#include "common/check.hpp"
#include "common/io/ring_advice.hpp"

namespace gyre::io {
namespace {

constexpr int buffer_group = 0;
constexpr int submit_attempts_max = 10'000;
// Success of a cancel, of which nobody needs to hear. No caller may use it as a token.
constexpr std::uint64_t ignored_token = ~std::uint64_t{0};

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

}  // namespace

struct Ring::Impl {
  io_uring ring{};
  std::vector<Completion> completions;  // those of the last take_completions()
  std::unique_ptr<BufferRingMemory> buffers;
  std::uint32_t buffer_count = 0;
  int unpublished_count = 0;
  std::uint64_t overflow_count = 0;
  bool sends_to_addresses = false;

  ~Impl() {
    io_uring_unregister_files(&ring);  // at once; the kernel takes the rest down in its own time
    io_uring_queue_exit(&ring);
  }

  // Hands every operation to the kernel. Returns 0, or an errno that leaves the ring unusable.
  int submit_all() {
    for (int attempt = 0; io_uring_sq_ready(&ring) > 0; ++attempt) {
      const int result = io_uring_submit(&ring);
      if (result >= 0) continue;
      // EBUSY: completions wait for room; fetching them makes some, and loses none.
      const bool passing = result == -EBUSY || result == -EAGAIN || result == -EINTR;
      if (!passing || attempt == submit_attempts_max) return -result;
      io_uring_get_events(&ring);
    }
    return 0;
  }

  io_uring_sqe* next_entry() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring);
    if (entry == nullptr) {
      // The submission ring is full: hand it over in the middle of a turn.
      CHECK(submit_all() == 0);
      entry = io_uring_get_sqe(&ring);
      CHECK(entry != nullptr);
    }
    return entry;
  }

  // Whether the kernel's plain send takes an address, as Linux 6.2 does: one that does not refuses
  // the operation before it looks at the file.
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

  void send(const SendOperation& operation, unsigned message_flags, unsigned entry_flags) {
    io_uring_sqe* entry = next_entry();
    const msghdr& message = *operation.message;
    const auto file = static_cast<int>(operation.file_index);
    // The kernel reads the pieces of a message one by one; a send has them in the entry.
    if (sends_to_addresses && message.msg_controllen == 0 && message.msg_iovlen == 1) {
      io_uring_prep_send(entry, file, message.msg_iov->iov_base, message.msg_iov->iov_len,
                         static_cast<int>(message_flags | MSG_NOSIGNAL));
      io_uring_prep_send_set_addr(entry, static_cast<const sockaddr*>(message.msg_name),
                                  static_cast<std::uint16_t>(message.msg_namelen));
    } else {
      io_uring_prep_sendmsg(entry, file, operation.message, message_flags | MSG_NOSIGNAL);
    }
    io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE | entry_flags);
    io_uring_sqe_set_data64(entry, operation.token);
  }
};

bool Completion::more() const {
  return (flags & IORING_CQE_F_MORE) != 0;
}

std::optional<std::uint16_t> Completion::buffer_id() const {
  if ((flags & IORING_CQE_F_BUFFER) == 0) return std::nullopt;
  return static_cast<std::uint16_t>(flags >> IORING_CQE_BUFFER_SHIFT);
}

std::expected<Ring, std::string> Ring::create(const RingOptions& options) {
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                     IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
  parameters.cq_entries = options.completion_entries;
  io_uring ring{};
  const int result = io_uring_queue_init_params(options.submission_entries, &ring, &parameters);
  if (result < 0) return std::unexpected(ring_setup_error(-result, host_facts()));
  auto impl = std::make_unique<Impl>();
  impl->ring = ring;
  impl->completions.reserve(parameters.cq_entries);
  io_uring_register_ring_fd(&impl->ring);  // spares a look-up in each call; not needed
  impl->sends_to_addresses = impl->probe_sends_to_addresses();
  return Ring(std::move(impl));
}

Ring::Ring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ring::Ring(Ring&&) noexcept = default;
Ring& Ring::operator=(Ring&&) noexcept = default;
Ring::~Ring() = default;

std::expected<void, std::string> Ring::register_files(std::span<const int> fds) {
  const int result =
      io_uring_register_files(&impl_->ring, fds.data(), static_cast<unsigned>(fds.size()));
  if (result < 0) return std::unexpected(ring_setup_error(-result, host_facts()));
  return {};
}

std::expected<void, std::string> Ring::register_buffers(std::uint32_t count) {
  auto memory = std::make_unique<BufferRingMemory>(count);
  if (!memory->valid()) return std::unexpected(ring_setup_error(ENOMEM, host_facts()));
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uint64_t>(memory->get());
  registration.ring_entries = count;
  registration.bgid = buffer_group;
  const int result = io_uring_register_buf_ring(&impl_->ring, &registration, 0);
  if (result < 0) return std::unexpected(ring_setup_error(-result, host_facts()));
  io_uring_buf_ring_init(memory->get());
  impl_->buffers = std::move(memory);
  impl_->buffer_count = count;
  return {};
}

void Ring::provide_buffer(std::uint16_t buffer_id, std::span<std::byte> bytes) {
  io_uring_buf_ring_add(impl_->buffers->get(), bytes.data(), static_cast<unsigned>(bytes.size()),
                        buffer_id, io_uring_buf_ring_mask(impl_->buffer_count),
                        impl_->unpublished_count++);
}

void Ring::publish_buffers() {
  if (impl_->unpublished_count == 0) return;
  io_uring_buf_ring_advance(impl_->buffers->get(), std::exchange(impl_->unpublished_count, 0));
}

void Ring::receive_datagrams(std::uint32_t file_index, msghdr* shape, std::uint64_t token) {
  io_uring_sqe* entry = impl_->next_entry();
  io_uring_prep_recvmsg_multishot(entry, static_cast<int>(file_index), shape, 0);
  entry->buf_group = buffer_group;
  io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT);
  io_uring_sqe_set_data64(entry, token);
}

void Ring::send_now(const SendOperation& operation) {
  impl_->send(operation, MSG_DONTWAIT, IOSQE_CQE_SKIP_SUCCESS);
}

void Ring::send_when_possible(const SendOperation& operation) {
  impl_->send(operation, 0, 0);
}

void Ring::poll_readable(int fd, std::uint64_t token) {
  io_uring_sqe* entry = impl_->next_entry();
  io_uring_prep_poll_add(entry, fd, POLLIN);
  io_uring_sqe_set_data64(entry, token);
}

void Ring::cancel(std::uint64_t token) {
  io_uring_sqe* entry = impl_->next_entry();
  io_uring_prep_cancel64(entry, token, 0);
  io_uring_sqe_set_flags(entry, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(entry, ignored_token);
}

std::expected<void, int> Ring::submit() {
  if (const int error_number = impl_->submit_all(); error_number != 0) {
    return std::unexpected(error_number);
  }
  return {};
}

std::expected<void, int> Ring::wait(std::uint64_t timeout_ns) {
  if (const auto submitted = submit(); !submitted) return submitted;
  __kernel_timespec timeout{.tv_sec = static_cast<std::int64_t>(timeout_ns / 1'000'000'000),
                            .tv_nsec = static_cast<std::int64_t>(timeout_ns % 1'000'000'000)};
  io_uring_cqe* completion = nullptr;
  const int result =
      io_uring_submit_and_wait_timeout(&impl_->ring, &completion, 1, &timeout, nullptr);
  if (result < 0 && result != -ETIME && result != -EINTR && result != -EBUSY && result != -EAGAIN) {
    return std::unexpected(-result);
  }
  return {};
}

std::span<const Completion> Ring::take_completions() {
  io_uring& ring = impl_->ring;
  if (io_uring_cq_has_overflow(&ring)) ++impl_->overflow_count;
  impl_->completions.clear();
  unsigned head = 0;
  unsigned count = 0;
  io_uring_cqe* completion = nullptr;
  io_uring_for_each_cqe(&ring, head, completion) {
    ++count;
    if (completion->user_data == ignored_token) continue;
    impl_->completions.push_back({completion->user_data, completion->res, completion->flags});
    if (count == impl_->completions.capacity()) break;
  }
  io_uring_cq_advance(&ring, count);
  return impl_->completions;
}

std::uint64_t Ring::overflow_count() const {
  return impl_->overflow_count;
}

}  // namespace gyre::io
