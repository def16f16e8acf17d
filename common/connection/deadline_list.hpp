// Deadlines of one kind: all of the same length, so that a list in the order of setting is in the
// order of expiry, and setting, ending and finding the next are a few assignments each. The links
// are inside what has the deadline. No clock: times are arguments.
#pragma once

#include <cstdint>

#include "common/base/check.hpp"

namespace gyre::connection {

// In one list or in none.
struct DeadlineLink {
  DeadlineLink* previous = nullptr;
  DeadlineLink* next = nullptr;
  std::uint64_t due_ns = 0;

  DeadlineLink() = default;
  // Only while it is in no list.
  DeadlineLink(DeadlineLink&& other) noexcept { DCHECK(!other.is_in_list()); }
  DeadlineLink& operator=(DeadlineLink&& other) noexcept {
    DCHECK(!is_in_list() && !other.is_in_list());
    return *this;
  }

  bool is_in_list() const { return next != nullptr; }
};

class DeadlineList {
 public:
  explicit DeadlineList(std::uint64_t length_ns = 0) : length_ns_(length_ns) {
    ends_.previous = ends_.next = &ends_;
  }
  DeadlineList(DeadlineList&&) = delete;

  void set_length(std::uint64_t length_ns) { length_ns_ = length_ns; }

  // REQUIRES: `link` is in no list.
  void append(DeadlineLink& link, std::uint64_t now_ns) {
    DCHECK(!link.is_in_list());
    link.due_ns = now_ns + length_ns_;
    link.previous = ends_.previous;
    link.next = &ends_;
    link.previous->next = &link;
    ends_.previous = &link;
  }

  // From whatever list it is in; nothing happens if it is in none.
  static void remove(DeadlineLink& link) {
    if (!link.is_in_list()) return;
    link.previous->next = link.next;
    link.next->previous = link.previous;
    link.previous = link.next = nullptr;
  }

  // In the order of expiry, and whole both ways.
  void check_invariants() const {
    const DeadlineLink* previous = &ends_;
    for (const DeadlineLink* link = ends_.next; link != &ends_; link = link->next) {
      CHECK(link->previous == previous);
      CHECK(previous == &ends_ || previous->due_ns <= link->due_ns);
      previous = link;
    }
    CHECK(ends_.previous == previous);
  }

  std::uint64_t set_at(const DeadlineLink& link) const { return link.due_ns - length_ns_; }

  // The one that was set first, and the one after it; null at the end.
  DeadlineLink* oldest() { return after(ends_); }
  DeadlineLink* after(DeadlineLink& link) { return link.next == &ends_ ? nullptr : link.next; }

 private:
  DeadlineLink ends_;
  std::uint64_t length_ns_;
};

}  // namespace gyre::connection
