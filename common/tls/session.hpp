// The server's side of one TLS connection, in memory: ciphertext in, plaintext out, and back.
// Between a connection, which moves bytes and keeps deadlines, and the TLS library. It does no I/O
// and knows no clock; it allocates what the library needs, and holds a few KiB while idle.
//
// It does not rely on the library: records that cannot be right never get to it (RecordGuard), and
// what it hands back must fit what it was given.
//
// A session before its ClientHello is complete holds nothing but the bytes of it, so clients who
// connect and say nothing cost nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "common/tls/client_hello.hpp"
#include "common/tls/context.hpp"
#include "common/tls/record_guard.hpp"

struct WOLFSSL;

namespace gyre::tls {

// Room that the caller gives, and how much of it is filled; what is written is appended.
struct Output {
  std::span<std::byte> room;
  std::size_t size = 0;

  std::span<std::byte> rest() const { return room.subspan(size); }
};

// Room that the ciphertext of so many bytes can need: they may be cut into records of 512 bytes,
// if the client asks for it (RFC 6066 4).
constexpr std::size_t sealed_size_max(std::size_t plaintext_size) {
  return plaintext_size + (plaintext_size / 512 + 1) * 64;
}

class Session {
 public:
  enum class Status : std::uint8_t {
    handshaking,  // more ciphertext is needed
    open,         // seal() may be called
    closed,       // the client has said that it sends no more (close_notify); seal() still works
    failed,       // to be closed once `to_send`, which may have an alert, was sent; see reason()
    plain_http,   // the first bytes are an HTTP request: an answer in plain text will be understood
  };

  explicit Session(std::shared_ptr<const Context> context) : context_(std::move(context)) {}

  // Takes all of `ciphertext`, whatever pieces the network has cut it into (but a ClientHello in
  // pieces has at most 4 KiB). Plaintext is appended
  // to `plaintext`, what must be sent to the client to `to_send`; either may have grown whatever
  // the status. Once it is failed, closed or plain_http, input is ignored.
  //
  // REQUIRES: room for ciphertext.size() + record_payload_max in `plaintext`, and for
  // ciphertext.size() + context.flight_size_max() in `to_send`.
  Status receive(std::span<const std::byte> ciphertext, Output& plaintext, Output& to_send);

  // Appends the records of `plaintext`. False: the session is not open, or the library failed; then
  // it is failed.
  // REQUIRES: room for sealed_size_max(plaintext.size()).
  bool seal(std::span<const std::byte> plaintext, Output& to_send);

  // Says that the server sends no more (close_notify); nothing during a handshake.
  // REQUIRES: room for sealed_size_max(2).
  void close(Output& to_send);

  Status status() const { return status_; }
  // Bytes that the library keeps, about: of a record that has not come whole.
  std::size_t unfinished_size() const { return guard_.unfinished_size(); }
  bool resumed() const { return resumed_; }  // the handshake was one with a session ticket

  // What was wrong with a failed session, for logs: this class's words, or the library's. Static.
  std::string_view reason() const;

 private:
  struct Free {
    void operator()(WOLFSSL* ssl) const;
  };

  void begin(std::string_view server_name);
  void shake_hands();
  void decrypt(Output& plaintext, std::size_t size_max);
  void fail(int error);
  void refuse(std::string_view reason);  // static

  std::shared_ptr<const Context> context_;
  std::unique_ptr<WOLFSSL, Free> ssl_;  // from the complete ClientHello on
  std::vector<std::byte> hello_;        // the beginning of a ClientHello that was cut up
  RecordGuard guard_;
  std::string_view refusal_;  // why this class has ended the session, if it has
  int error_ = 0;             // why the library has
  Status status_ = Status::handshaking;
  bool resumed_ = false;
};

}  // namespace gyre::tls
