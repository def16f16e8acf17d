// TLS of one worker's connections, between output and input: plaintext that is written becomes
// records in send slots, records that are received become plaintext. Where a connection has no TLS,
// bytes pass as they are.
//
// Rules:
//   1. Handshakes under way are bounded in number; beyond, the client that has most of them loses
//      the oldest, and where nobody has many, the newcomer is refused before it is read from.
//   2. TLS goes on reading while a send is under way. What it has to say by itself meanwhile (a few
//      bytes) is sent before anything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "common/connection/closing.hpp"
#include "common/connection/core.hpp"
#include "common/tls/session.hpp"

namespace gyre::connection {

class TlsStage {
 public:
  // They outlive it.
  TlsStage(Core& core, Closing& closing);

  // Takes the contexts that a reload has left.
  void on_turn_begin();

  // Of a connection to a secure listener.
  void begin(ConnectionBase& connection);

  // Where plaintext to be sent is written: size_min bytes at least, or nothing, if there is less
  // now. Holds until the next call of any function here.
  std::span<std::byte> room(ConnectionBase& connection, std::size_t size_min);
  void write(ConnectionBase& connection, std::size_t size);
  // Says that nothing follows.
  void write_close(ConnectionBase& connection);
  // What TLS had to say by itself. False: it waits for room, and everything else with it.
  bool send_unsent(ConnectionBase& connection);

  // Where a session may write while it reads so much; empty: nowhere now.
  std::span<std::byte> room_for_records(ConnectionBase& connection, std::size_t input_size);
  // The plaintext of a piece of what was received, which holds until the next call.
  // REQUIRES: the piece has receive_buffer_size bytes at most; `records` is room_for_records().
  Bytes receive(ConnectionBase& connection, Bytes piece, std::span<std::byte> records);
  // Acts upon what has become of the session since it was `before`.
  void handle_status(ConnectionBase& connection, tls::Session::Status before);

 private:
  bool evict_handshake();
  bool send_records(ConnectionBase& connection, const tls::Output& records);

  Core& core_;
  Closing& closing_;
  // Plaintext before it is sealed, and after it was opened; records that cannot be sent.
  std::unique_ptr<std::byte[]> to_seal_;
  std::unique_ptr<std::byte[]> opened_;
  std::unique_ptr<std::byte[]> unsendable_;
  std::shared_ptr<const tls::Context> context_;
  std::uint64_t context_version_ = 0;
};

}  // namespace gyre::connection
