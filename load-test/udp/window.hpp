// The requests of one socket that wait for their responses. Between the worker, which opens and
// closes requests, and the transaction ids on the wire, which say where in the window a request is:
// the lower 12 bits are the index of its slot, the upper 20 count how often the slot was used. So
// a response finds its request at once, nothing is allocated, and an answer to a request that is
// no longer there is known as such.
//
// Invariant: a slot is free or in flight; in_flight() + room() == capacity.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "udp/protocol.hpp"

namespace gyre::load_test::udp {

enum class Kind : std::uint8_t { connect, announce, scrape };
inline constexpr std::size_t kind_count = 3;

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

  // `capacity` is at least 1 and at most capacity_max.
  explicit Window(std::uint32_t capacity);

  std::uint32_t room() const { return static_cast<std::uint32_t>(free_.size()); }
  std::uint32_t in_flight() const { return static_cast<std::uint32_t>(slots_.size()) - room(); }

  // Requires: room() > 0.
  gyre::udp::TransactionId open(const Request& request);

  enum class Found : std::uint8_t {
    waiting,  // it was; the slot is free now
    late,     // it was given up, after any other in its slot
    unknown,  // never sent, answered before, or given up long ago
  };
  struct Closed {
    Found found = Found::unknown;
    Request request;  // if it was waiting
  };
  Closed close(gyre::udp::TransactionId id);

  // Gives up what was sent before that time; returns how many.
  std::uint32_t expire(std::uint64_t sent_before_ns);

 private:
  struct Slot {
    Request request;
    gyre::udp::TransactionId id = 0;  // of the last request
    std::optional<gyre::udp::TransactionId> given_up = {};
    bool in_flight = false;
  };

  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_;  // the last one first: its slot is still in the cache
};

}  // namespace gyre::load_test::udp
