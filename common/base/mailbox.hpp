// A bounded queue of messages from other threads to one worker, which takes all of them at once.
// post() tells the poster whose ring to wake; waking is the poster's job
// (connection::Server::wake()).
//
// Bounds: post() refuses a message that would exceed the queue's count or bytes. post_always() is
// for what is bounded otherwise, as connections that move between workers are. Messages of one
// poster stay in order.
//
// Threading: post() and post_always() from any thread, open() and take() from the owner's.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/small_mutex.hpp"

namespace gyre {

struct MailboxLimits {
  std::size_t count_max = 0;
  std::size_t size_max = 0;  // bytes, by the posters' account
};

struct Posted {
  bool accepted = false;
  std::optional<int> to_wake = {};  // the owner's ring, unless somebody has woken it already
};

template <class Message>
class Mailbox {
 public:
  explicit Mailbox(const MailboxLimits& limits) : limits_(limits) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // From now on posters wake the owner by this ring. What was posted before needs a take().
  void open(int ring) {
    DCHECK(ring >= 0);
    ring_.store(ring, std::memory_order_release);
  }

  // If the queue is full, the caller keeps the message. A poster may fill only one of `parts` equal
  // parts of the queue.
  Posted post(Message&& message, std::size_t size, std::size_t parts = 1) {
    DCHECK(parts > 0);
    const std::scoped_lock lock(mutex_);
    const std::size_t size_max = limits_.size_max / parts;
    const bool is_full = messages_.size() >= limits_.count_max / parts ||
                         size > size_max - std::min(size_, size_max);
    return is_full ? Posted{} : add(std::move(message), size);
  }
  Posted post_always(Message&& message, std::size_t size) {
    const std::scoped_lock lock(mutex_);
    return add(std::move(message), size);
  }

  // Moves all messages into `out`; returns false if there are none. Cheap enough for every turn.
  // REQUIRES: `out` is empty.
  bool take(std::vector<Message>& out) {
    DCHECK(out.empty());
    if (!has_messages_.load(std::memory_order_acquire)) return false;
    const std::scoped_lock lock(mutex_);
    messages_.swap(out);
    size_ = 0;
    has_messages_.store(false, std::memory_order_relaxed);
    return true;
  }

 private:
  Posted add(Message&& message, std::size_t size) {
    messages_.push_back(std::move(message));
    size_ += size;
    // Whoever makes it non-empty wakes the owner, on behalf of all who post before it looks.
    if (has_messages_.exchange(true, std::memory_order_release)) return {.accepted = true};
    const int ring = ring_.load(std::memory_order_acquire);
    return {.accepted = true, .to_wake = ring < 0 ? std::nullopt : std::optional(ring)};
  }

  const MailboxLimits limits_;
  std::atomic<int> ring_{-1};
  std::atomic<bool> has_messages_{false};
  SmallMutex mutex_;               // guards what follows
  std::vector<Message> messages_;  // its storage is swapped with the owner's vector
  std::size_t size_ = 0;
};

}  // namespace gyre
