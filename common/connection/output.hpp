// Sends what is written to connections: each gets a slot of memory for as long as bytes are on
// their way, and what is written in a turn leaves in one piece at its end.
//
// Rules:
//   1. One send at a time: there is no room while one is under way.
//   2. Who finds no slot waits for one; who has waited longest comes first.
//   3. A connection that is not open has no room, and what is written to it is dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/connection/connection.hpp"
#include "common/connection/counters.hpp"
#include "common/connection/deadlines.hpp"
#include "common/connection/send_slots.hpp"
#include "common/ring/ring.hpp"

namespace gyre::connection {

class Output {
 public:
  // What is passed by reference outlives it.
  Output(std::uint32_t slot_count, std::size_t slot_size, ring::Ring& ring, Deadlines& deadlines,
         Metrics& metrics);

  // Where what is to be sent is written; empty while a send is under way, and when no slot is free.
  std::span<std::byte> room(ConnectionBase& connection);
  // So many bytes of it are to be sent; 0 gives back what is not needed.
  void add(ConnectionBase& connection, std::size_t size);
  // Gives the slot back, with what was written to it.
  void release(ConnectionBase& connection);

  // There was no room: on_writable() follows.
  void wait_until_writable(ConnectionBase& connection);
  // The next one that waits for a slot, if one is free. It waits no more.
  ConnectionBase* next_to_write();
  bool any_waiting() { return deadlines_.oldest(Deadline::send_slot) != nullptr; }

  void send_written();
  // Of the send that has completed. False: not all of it was sent.
  bool handle_sent(ConnectionBase& connection, std::int32_t result);

  std::size_t free_slot_count() const { return slots_.free_count(); }

 private:
  SendSlots slots_;
  ring::Ring& ring_;
  Deadlines& deadlines_;
  Metrics& metrics_;
  std::vector<ConnectionBase*> to_send_;  // that something was written for
};

}  // namespace gyre::connection
