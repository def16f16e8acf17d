// TLS for one worker's connections: plaintext that is written becomes records in send slots,
// records that are received become plaintext. Without TLS, bytes pass unchanged.
//
// Rules:
//   1. Handshakes in progress are bounded in number. Beyond, the client with the most of them loses
//      its oldest; if none has many, the newcomer is refused before it is read from.
//   2. TLS keeps reading while a send is in flight. Its own messages in the meantime (a few bytes)
//      are sent before anything else.
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

  // Picks up the certificates of the last reload.
  void on_turn_begin();

  // For a connection to a secure listener.
  void begin(ConnectionBase& connection);

  // Where to write plaintext: at least size_min bytes, or nothing if there is less now. Valid until
  // the next call of any function here.
  std::span<std::byte> room(ConnectionBase& connection, std::size_t size_min);
  void write(ConnectionBase& connection, std::size_t size);
  // Writes close_notify.
  void write_close(ConnectionBase& connection);
  // Sends TLS's own messages. False if there is no room for them; everything else waits, too.
  bool send_unsent(ConnectionBase& connection);

  // Where a session may write while it reads that much; empty if there is no room now.
  std::span<std::byte> room_for_records(ConnectionBase& connection, std::size_t input_size);
  // The plaintext of a piece of received bytes; valid until the next call. What follows a record
  // with plaintext is left in `piece`.
  // REQUIRES: the piece has receive_buffer_size bytes at most; `records` is room_for_records().
  Bytes receive(ConnectionBase& connection, Bytes& piece, std::span<std::byte> records);
  // Acts on what the session's status has become since `before`.
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
