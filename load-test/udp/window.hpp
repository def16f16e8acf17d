// The requests of one socket that wait for their responses. A transaction id says where in the
// window its request is: the lower 12 bits are the index of a slot, the upper 20 the slot's
// generation, which each use increments. So a response finds its request at once, nothing is
// allocated, and a response to a request that is no longer there is known as such.
//
// Invariant: a slot is free or in flight; in_flight() + room() == capacity.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "load-test/statistics.hpp"
#include "udp/protocol.hpp"

namespace gyre::load_test::udp {

struct Request {
  Kind kind = Kind::connect;
  std::uint16_t scrape_count = 0;  // info hashes in a scrape
  std::uint64_t due_ns = 0;        // when it should have been sent: latency counts from here
  std::uint64_t sent_ns = 0;
};

class Window {
 public:
  static constexpr unsigned index_bits = 12;
  static constexpr std::uint32_t capacity_max = std::uint32_t{1} << index_bits;

  // REQUIRES: 0 < capacity <= capacity_max.
  explicit Window(std::uint32_t capacity);

  std::uint32_t room() const { return static_cast<std::uint32_t>(free_.size()); }
  std::uint32_t in_flight() const { return static_cast<std::uint32_t>(slots_.size()) - room(); }

  // REQUIRES: room() > 0.
  gyre::udp::TransactionId open(const Request& request);

  // The request that has got its response; its slot is free now. The fault is late, for a request
  // that was given up, after any other in its slot, or unknown_transaction: never sent, answered
  // before, or given up long ago.
  std::expected<Request, Count> close(gyre::udp::TransactionId id);

  // Gives up what was sent before that time; returns how many.
  std::uint32_t expire(std::uint64_t sent_before_ns);

 private:
  struct Slot {
    Request request;
    gyre::udp::TransactionId id = 0;  // of the last request: generation and index
    std::optional<gyre::udp::TransactionId> given_up = {};
    bool in_flight = false;
  };

  void free(Slot& slot);

  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_;  // the last one first: its slot is still in the cache
};

}  // namespace gyre::load_test::udp
