// Sends what is written to connections: each holds a slot of memory while bytes are in flight, and
// what is written in one turn leaves in one piece at its end.
//
// Rules:
//   1. One send at a time: there is no room while one is in flight.
//   2. A connection that finds no free slot waits for one, in order.
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

  // Where to write what is to be sent; empty while a send is in flight or no slot is free.
  std::span<std::byte> room(ConnectionBase& connection);
  // Has that many bytes of it sent; 0 gives an unused slot back.
  void add(ConnectionBase& connection, std::size_t size);
  // Frees the slot and drops what was written to it.
  void release(ConnectionBase& connection);

  // To be called when there is no room; on_writable() follows.
  void wait_until_writable(ConnectionBase& connection);
  // The next connection waiting for a slot, if one is free; it is taken from the queue.
  ConnectionBase* next_to_write();
  bool any_waiting() { return deadlines_.oldest(Deadline::send_slot) != nullptr; }

  void send_written();
  // A send has completed. False if not everything was sent.
  bool handle_sent(ConnectionBase& connection, std::int32_t result);

  std::size_t free_slot_count() const { return slots_.free_count(); }

 private:
  SendSlots slots_;
  ring::Ring& ring_;
  Deadlines& deadlines_;
  Metrics& metrics_;
  std::vector<ConnectionBase*> to_send_;  // those that something was written to
};

}  // namespace gyre::connection
