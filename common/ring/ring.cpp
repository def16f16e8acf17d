#include "common/ring/ring.hpp"

#include <bit>
#include <utility>

#include "common/ring/ring_advice.hpp"
#include "common/ring/ring_impl.hpp"
#include "common/ring/ring_restrictions.hpp"

namespace gyre::ring {

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
                     IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED;
  parameters.cq_entries = options.completion_entries;
  io_uring ring{};
  const int result = io_uring_queue_init_params(options.submission_entries, &ring, &parameters);
  if (result < 0) return std::unexpected(ring_setup_error(-result, host_facts()));
  auto impl = std::make_unique<Impl>();
  impl->ring = ring;
  impl->completions.reserve(parameters.cq_entries);
  if (const int error_number = restrict_and_enable(impl->ring); error_number != 0) {
    return std::unexpected(ring_setup_error(error_number, host_facts()));
  }
  io_uring_register_ring_fd(&impl->ring);  // optional: saves a file look-up in each system call
  impl->sends_to_addresses = impl->probe_sends_to_addresses();
  return Ring(std::move(impl));
}

Ring::Ring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ring::Ring(Ring&&) noexcept = default;
Ring& Ring::operator=(Ring&&) noexcept = default;
Ring::~Ring() = default;

std::expected<void, std::string> Ring::check_messages() {
  if (const int error_number = impl_->probe_messages(); error_number != 0) {
    return std::unexpected(ring_message_error(error_number, host_facts()));
  }
  return {};
}

std::expected<void, std::string> Ring::register_files(std::span<const int> fds) {
  const int result =
      io_uring_register_files(&impl_->ring, fds.data(), static_cast<unsigned>(fds.size()));
  if (result < 0) return std::unexpected(ring_setup_error(-result, host_facts()));
  return {};
}

std::expected<void, std::string> Ring::register_buffers(std::uint32_t count) {
  DCHECK(std::has_single_bit(count) && count <= 32768 && !impl_->buffers);
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
  DCHECK(impl_->buffers && buffer_id < impl_->buffer_count && !bytes.empty());
  io_uring_buf_ring_add(impl_->buffers->get(), bytes.data(), static_cast<unsigned>(bytes.size()),
                        buffer_id, io_uring_buf_ring_mask(impl_->buffer_count),
                        impl_->unpublished_count++);
}

void Ring::publish_buffers() {
  if (impl_->unpublished_count == 0) return;
  io_uring_buf_ring_advance(impl_->buffers->get(), std::exchange(impl_->unpublished_count, 0));
}

std::expected<void, int> Ring::submit() {
  if (const int error_number = impl_->submit_all(); error_number != 0) {
    return std::unexpected(error_number);
  }
  return {};
}

std::expected<void, int> Ring::wait(std::uint64_t timeout_ns) {
  __kernel_timespec timeout{.tv_sec = static_cast<std::int64_t>(timeout_ns / 1'000'000'000),
                            .tv_nsec = static_cast<std::int64_t>(timeout_ns % 1'000'000'000)};
  io_uring_cqe* completion = nullptr;
  const int result =
      io_uring_submit_and_wait_timeout(&impl_->ring, &completion, 1, &timeout, nullptr);
  if (result < 0 && result != -ETIME && result != -EINTR && result != -EBUSY && result != -EAGAIN) {
    return std::unexpected(-result);
  }
  return submit();  // entries that the kernel left in the submission ring: hardly ever any
}

std::span<const Completion> Ring::take_completions() {
  DCHECK(impl_->is_in_own_thread());
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

}  // namespace gyre::ring
