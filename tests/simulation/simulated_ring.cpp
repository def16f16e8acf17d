#include "tests/simulation/simulated_ring.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/check.hpp"
#include "common/io/datagram.hpp"
#include "common/io/poison.hpp"

namespace gyre::simulation {
namespace {

Kernel* the_kernel = nullptr;
constexpr std::uint32_t more_flag = 1;
constexpr std::uint32_t buffer_flag = 2;

}  // namespace

Kernel::Kernel(std::uint64_t seed) : random(seed) {
  CHECK(the_kernel == nullptr);
  the_kernel = this;
}

Kernel::~Kernel() {
  the_kernel = nullptr;
}

std::size_t Kernel::waiting_datagrams() const {
  std::size_t count = 0;
  for (const auto& [index, queue] : sockets) count += queue.size();
  return count;
}

}  // namespace gyre::simulation

namespace gyre::io {

using simulation::buffer_flag;
using simulation::Datagram;
using simulation::Kernel;
using simulation::more_flag;

struct Ring::Impl {
  struct Receive {
    std::uint32_t file_index;
    msghdr* shape;
    std::uint64_t token;
  };
  struct Buffer {
    std::uint16_t id;
    std::span<std::byte> bytes;
  };

  Kernel& kernel;
  std::size_t completion_entries;
  std::size_t file_count = 0;
  std::vector<Receive> armed{};
  std::vector<std::pair<SendOperation, bool>> queued_sends{};  // whether it may wait
  std::vector<SendOperation> waiting_sends{};
  std::vector<Receive> queued_receives{};
  std::optional<std::pair<int, std::uint64_t>> poll{};
  std::deque<Buffer> buffers{};
  std::vector<Buffer> unpublished{};
  std::vector<Completion> arrived{};
  std::vector<Completion> held{};  // did not fit
  std::vector<Completion> taken{};

  void complete(std::uint64_t token, std::int32_t result, std::uint32_t flags = 0) {
    arrived.push_back({token, result, flags});
  }

  void transmit(const msghdr& message) {
    Datagram datagram;
    const auto* name = static_cast<const std::byte*>(message.msg_name);
    datagram.name.assign(name, name + message.msg_namelen);
    const auto* bytes = static_cast<const std::byte*>(message.msg_iov->iov_base);
    datagram.payload.assign(bytes, bytes + message.msg_iov->iov_len);
    kernel.sent.push_back(std::move(datagram));
  }

  void send(const SendOperation& operation, bool may_wait) {
    for (const auto& waiting : waiting_sends) CHECK(waiting.token != operation.token);
    if (kernel.chance(kernel.faults.send_fails)) {
      ++kernel.send_failures;
      complete(operation.token, -EPERM);
    } else if (!may_wait && kernel.chance(kernel.faults.send_would_block)) {
      complete(operation.token, -EAGAIN);
    } else if (may_wait) {
      waiting_sends.push_back(operation);
    } else {
      transmit(*operation.message);
    }
  }

  void finish_waiting_sends() {
    std::erase_if(waiting_sends, [this](const SendOperation& operation) {
      if (kernel.chance(kernel.faults.send_waits_on)) return false;
      transmit(*operation.message);
      complete(operation.token, static_cast<std::int32_t>(operation.message->msg_iov->iov_len));
      return true;
    });
  }

  // Returns whether the multishot goes on.
  bool receive_one(const Receive& receive) {
    auto& queue = kernel.sockets[receive.file_index];
    if (kernel.chance(kernel.faults.receive_cancelled)) {
      complete(receive.token, -ECANCELED);
      return false;
    }
    if (buffers.empty()) {
      ++kernel.buffer_shortages;
      complete(receive.token, -ENOBUFS);
      return false;
    }
    const Buffer buffer = buffers.front();
    buffers.pop_front();
    const std::size_t size = fill(buffer.bytes, *receive.shape, queue.front());
    queue.pop_front();
    const bool more = !kernel.chance(kernel.faults.receive_ends);
    complete(receive.token, static_cast<std::int32_t>(size),
             static_cast<std::uint32_t>(buffer.id) << 16 | buffer_flag | (more ? more_flag : 0));
    return more;
  }

  // The layout of a multishot recvmsg: four numbers, the name, control data, the payload.
  static std::size_t fill(std::span<std::byte> out, const msghdr& shape, const Datagram& datagram) {
    unpoison(out);  // a kernel's writes are not checked
    const std::size_t payload_offset = 16 + shape.msg_namelen + shape.msg_controllen;
    const std::size_t payload_size = std::min(datagram.payload.size(), out.size() - payload_offset);
    const std::array<std::uint32_t, 4> header{static_cast<std::uint32_t>(datagram.name.size()), 0,
                                              static_cast<std::uint32_t>(payload_size), 0};
    std::memcpy(out.data(), header.data(), sizeof header);
    std::memcpy(out.data() + sizeof header, datagram.name.data(), datagram.name.size());
    std::copy_n(datagram.payload.begin(), payload_size,
                out.begin() + static_cast<std::ptrdiff_t>(payload_offset));
    return payload_offset + payload_size;
  }

  void receive_all() {
    std::erase_if(armed, [this](const Receive& receive) {
      while (!kernel.sockets[receive.file_index].empty()) {
        if (arrived.size() >= completion_entries) return false;
        if (!receive_one(receive)) return true;
      }
      return false;
    });
  }

  // Operations complete in any order, but each one's own completions stay in order.
  void reorder() {
    for (std::size_t i = 1; i < arrived.size(); ++i) {
      const std::size_t j = i - kernel.random.below(2);
      if (arrived[i].token != arrived[j].token) std::swap(arrived[i], arrived[j]);
    }
  }

  void hold_some_back() {
    if (arrived.empty() || !kernel.chance(kernel.faults.completions_held)) return;
    const std::size_t kept = kernel.random.below(static_cast<std::uint32_t>(arrived.size()));
    held.assign(arrived.begin() + static_cast<std::ptrdiff_t>(kept), arrived.end());
    arrived.resize(kept);
  }
};

bool Completion::more() const {
  return (flags & more_flag) != 0;
}

std::optional<std::uint16_t> Completion::buffer_id() const {
  if ((flags & buffer_flag) == 0) return std::nullopt;
  return static_cast<std::uint16_t>(flags >> 16);
}

std::expected<Ring, std::string> Ring::create(const RingOptions& options) {
  CHECK(simulation::the_kernel != nullptr);
  return Ring(std::unique_ptr<Impl>(new Impl{.kernel = *simulation::the_kernel,
                                             .completion_entries = options.completion_entries}));
}

Ring::Ring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ring::Ring(Ring&&) noexcept = default;
Ring& Ring::operator=(Ring&&) noexcept = default;
Ring::~Ring() = default;

std::expected<void, std::string> Ring::register_files(std::span<const int> fds) {
  impl_->file_count = fds.size();
  return {};
}

std::expected<void, std::string> Ring::register_buffers(std::uint32_t) {
  return {};
}

void Ring::provide_buffer(std::uint16_t buffer_id, std::span<std::byte> bytes) {
  for (const auto& buffer : impl_->buffers) CHECK(buffer.id != buffer_id);
  for (const auto& buffer : impl_->unpublished) CHECK(buffer.id != buffer_id);
  impl_->unpublished.push_back({buffer_id, bytes});
}

void Ring::publish_buffers() {
  impl_->buffers.insert(impl_->buffers.end(), impl_->unpublished.begin(), impl_->unpublished.end());
  impl_->unpublished.clear();
  impl_->kernel.provided_buffers = impl_->buffers.size();
}

void Ring::receive_datagrams(std::uint32_t file_index, msghdr* shape, std::uint64_t token) {
  CHECK(file_index < impl_->file_count);
  impl_->queued_receives.push_back({file_index, shape, token});
}

void Ring::send_now(const SendOperation& operation) {
  impl_->queued_sends.emplace_back(operation, false);
}

void Ring::send_when_possible(const SendOperation& operation) {
  impl_->queued_sends.emplace_back(operation, true);
}

void Ring::poll_readable(int fd, std::uint64_t token) {
  impl_->poll = {fd, token};
}

void Ring::cancel(std::uint64_t token) {
  const auto cancelled = std::erase_if(
      impl_->armed, [token](const Impl::Receive& receive) { return receive.token == token; });
  if (cancelled > 0) impl_->complete(token, -ECANCELED);
}

std::expected<void, int> Ring::submit() {
  for (const auto& [operation, may_wait] : std::exchange(impl_->queued_sends, {})) {
    impl_->send(operation, may_wait);
  }
  for (const auto& receive : std::exchange(impl_->queued_receives, {})) {
    for (const auto& armed : impl_->armed) CHECK(armed.token != receive.token);
    impl_->armed.push_back(receive);
  }
  return {};
}

std::expected<void, int> Ring::wait(std::uint64_t) {
  if (const auto submitted = submit(); !submitted) return submitted;
  impl_->arrived.insert(impl_->arrived.begin(), impl_->held.begin(), impl_->held.end());
  impl_->held.clear();
  impl_->finish_waiting_sends();
  impl_->receive_all();
  if (impl_->poll && impl_->poll->first == impl_->kernel.readable_fd) {
    impl_->complete(std::exchange(impl_->poll, std::nullopt)->second, 1);
  }
  if (impl_->kernel.faults.reordered) impl_->reorder();
  impl_->hold_some_back();
  impl_->kernel.provided_buffers = impl_->buffers.size();
  return {};
}

std::span<const Completion> Ring::take_completions() {
  if (!impl_->held.empty()) ++impl_->kernel.overflows;
  impl_->taken = std::exchange(impl_->arrived, {});
  return impl_->taken;
}

std::uint64_t Ring::overflow_count() const {
  return impl_->kernel.overflows;
}

}  // namespace gyre::io
