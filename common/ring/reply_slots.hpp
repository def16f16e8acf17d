// Slots for responses on their way out: each holds one datagram, its destination, and the
// structures that the kernel reads. Workers write responses in place.
//
// A slot is free, held by its writer, sent at once, or waiting for space in its socket's send
// buffer. One that was sent at once is free again after the ring's next submit, unless a completion
// says that the socket was full: then it waits. So responses are dropped only when every slot
// waits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/ring/datagram.hpp"
#include "common/ring/ring.hpp"

namespace gyre::ring {

class ReplySlots {
 public:
  using Index = std::uint32_t;

  // Completions of sends carry `token_base + slot index`. The ring must outlive this.
  ReplySlots(Ring& ring, std::uint32_t count, std::size_t payload_size, std::uint64_t token_base);

  // A slot to write a response into; nullopt if all are in use.
  std::optional<Index> acquire();
  std::span<std::byte> payload(Index index) const;
  void release(Index index);  // of a held slot: it is not sent after all

  // Sends the slot's first `size` bytes to the source of `request`, through the registered file
  // `file_index`.
  // REQUIRES: the slot is held; 0 < size <= payload_size.
  void send(Index index, std::size_t size, const ReceivedDatagram& request,
            std::uint32_t file_index);

  enum class Outcome : std::uint8_t { delayed, sent, failed };
  // To be called with each completion of a send. REQUIRES: the token is one of this object's.
  Outcome complete(const Completion& completion);
  // The file that it was sent through.
  std::uint32_t file_index(const Completion& completion) const {
    return slots_[index_of(completion)].file_index;
  }

  // Frees the slots that were sent at once. Call it after complete() has seen every completion that
  // had arrived when submit() returned.
  void settle();

  bool all_sent() const { return free_.size() == slots_.size(); }
  std::uint32_t waiting_count() const { return waiting_count_; }
  std::uint32_t free_count() const {
    return static_cast<std::uint32_t>(slot_count_ - slots_.size() + free_.size());
  }

  // In full, for tests: O(n^2). What costs O(1) is checked after every change.
  void check_invariants() const;

 private:
  enum class State : std::uint8_t { free, held, sent_at_once, waiting };
  struct Slot {
    msghdr message{};
    iovec bytes{};
    sockaddr_in6 destination{};
    alignas(cmsghdr) std::array<std::byte, packet_info_size> control{};
    std::uint32_t file_index = 0;
    State state = State::free;
  };

  Index index_of(const Completion& completion) const;
  bool counts_agree() const;
  void set_free(Index index);

  Ring* ring_;
  std::uint64_t token_base_;
  std::size_t payload_size_;
  std::size_t slot_count_;
  std::vector<Slot> slots_;  // only those used so far: memory of the others stays untouched
  std::unique_ptr<std::byte[]> payloads_;
  std::vector<Index> free_;          // last in, first out: its memory is still in the cache
  std::vector<Index> sent_at_once_;  // since the last settle()
  std::uint32_t waiting_count_ = 0;
};

}  // namespace gyre::ring
