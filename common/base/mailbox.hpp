// What other threads have to say to one worker: a bounded queue that its owner empties whole.
// Between workers; who is to be woken for it is said, and how that is done is the callers' business
// (Streams::wake()). It does not look into messages.
//
// Bounds: post() refuses what would make more messages or more bytes wait than may. What is bounded
// otherwise, as connections that move are, goes in by post_always(). The order of one poster's
// messages is kept.
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
  std::size_t size_max = 0;  // bytes, as posters say them
};

struct Posted {
  bool accepted = false;
  std::optional<int> to_wake = {};  // the owner may sleep, and nobody has woken it for this
};

template <class Message>
class Mailbox {
 public:
  explicit Mailbox(const MailboxLimits& limits) : limits_(limits) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // From now on the owner is woken by its ring. What was posted before waits: take() follows.
  void open(int ring) { ring_.store(ring, std::memory_order_release); }

  // If it is full, the message stays the caller's. Some may have only a part of it: half, where
  // `parts` is 2.
  Posted post(Message&& message, std::size_t size, std::size_t parts = 1) {
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

  // All that waits, into `out`, which is empty. False: nothing does. Cheap enough for each turn.
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
    // Whoever made it non-empty wakes the owner, for all that comes until it looks.
    if (has_messages_.exchange(true, std::memory_order_release)) return {.accepted = true};
    const int ring = ring_.load(std::memory_order_acquire);
    return {.accepted = true, .to_wake = ring < 0 ? std::nullopt : std::optional(ring)};
  }

  const MailboxLimits limits_;
  std::atomic<int> ring_{-1};
  std::atomic<bool> has_messages_{false};
  SmallMutex mutex_;               // for what follows
  std::vector<Message> messages_;  // the storage goes to and fro between poster and owner
  std::size_t size_ = 0;
};

}  // namespace gyre
