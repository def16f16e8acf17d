// What the simulated Ring is made of, for the two files that implement it.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "common/base/check.hpp"
#include "common/ring/datagram.hpp"
#include "common/ring/poison.hpp"
#include "tests/simulation/simulated_ring.hpp"

namespace gyre::simulation {

inline constexpr std::uint32_t more_flag = 1;
inline constexpr std::uint32_t buffer_flag = 2;

}  // namespace gyre::simulation

namespace gyre::ring {

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
  struct Send {
    const msghdr* message;
    std::uint64_t token;
    bool may_wait;
  };
  struct Buffer {
    std::uint16_t id;
    std::span<std::byte> bytes;
  };

  Kernel& kernel;
  std::size_t completion_entries;
  int id = kernel.next_ring++;
  std::size_t provided = 0;  // of the kernel's count
  std::size_t file_count = 0;
  std::vector<Receive> armed{};
  std::vector<Send> queued_sends{};
  std::vector<Send> waiting_sends{};
  std::vector<Receive> queued_receives{};
  std::optional<std::pair<int, std::uint64_t>> poll{};
  std::deque<Buffer> buffers{};
  std::vector<Buffer> unpublished{};
  std::vector<std::function<void()>> queued_streams{};  // in the order of the calls
  std::vector<Completion> arrived{};
  std::vector<Completion> held{};  // did not fit
  std::vector<Completion> taken{};

  ~Impl() {
    kernel.messages.erase(id);
    count_buffers(0);
  }

  void count_buffers(std::size_t count) {
    kernel.provided_buffers += count - std::exchange(provided, count);
  }

  void send_message(int ring, std::uint64_t token, std::uint64_t own_token) {
    const auto inbox = kernel.messages.find(ring);
    if (inbox == kernel.messages.end()) return complete(own_token, -EBADF);
    if (kernel.chance(kernel.faults.message_fails)) return complete(own_token, -EOVERFLOW);
    inbox->second.push_back(token);
  }

  void take_messages() {
    auto& inbox = kernel.messages[id];
    while (!inbox.empty() && !kernel.chance(kernel.faults.message_late)) {
      complete(inbox.front(), 0);
      inbox.pop_front();
    }
  }

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

  void begin(const Send& send) {
    for (const Send& waiting : waiting_sends) CHECK(waiting.token != send.token);
    if (kernel.chance(kernel.faults.send_fails)) {
      ++kernel.send_failures;
      complete(send.token, -EPERM);
    } else if (!send.may_wait && kernel.chance(kernel.faults.send_would_block)) {
      complete(send.token, -EAGAIN);
    } else if (send.may_wait) {
      waiting_sends.push_back(send);
    } else {
      transmit(*send.message);
    }
  }

  void finish_waiting_sends() {
    std::erase_if(waiting_sends, [this](const Send& send) {
      if (kernel.chance(kernel.faults.send_waits_on)) return false;
      transmit(*send.message);
      complete(send.token, static_cast<std::int32_t>(send.message->msg_iov->iov_len));
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

  // The buffer that now has `bytes`; nothing when the kernel has none.
  std::optional<std::uint16_t> fill_buffer(std::string_view bytes) {
    if (buffers.empty()) {
      ++kernel.buffer_shortages;
      return std::nullopt;
    }
    const Buffer buffer = buffers.front();
    buffers.pop_front();
    unpoison(buffer.bytes);
    std::ranges::copy(std::as_bytes(std::span(bytes)), buffer.bytes.begin());
    return buffer.id;
  }

  simulation::Streams::Hooks stream_hooks() {
    return {.ring = id,
            .complete =
                [this](std::uint64_t token, std::int32_t result,
                       std::optional<std::uint16_t> buffer, bool more) {
                  const std::uint32_t buffer_bits =
                      buffer ? static_cast<std::uint32_t>(*buffer) << 16 | buffer_flag : 0;
                  complete(token, result, buffer_bits | (more ? more_flag : 0));
                },
            .fill_buffer = [this](std::string_view bytes) { return fill_buffer(bytes); },
            .buffer_size =
                [this] { return buffers.empty() ? std::size_t{1} : buffers.front().bytes.size(); }};
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

}  // namespace gyre::ring
