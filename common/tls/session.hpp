// The server's side of one TLS connection, in memory: ciphertext in, plaintext out, and the
// reverse. Allocates what the TLS library needs, and holds a few KiB while idle.
//
// The library is not trusted with malformed input: RecordGuard keeps impossible records from it,
// and its output must fit its input.
//
// Until its ClientHello is complete, a session holds nothing but its bytes, so that clients which
// connect and stay silent are cheap.
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

struct Io;

// A buffer of the caller's, and how much of it is filled; output is appended.
struct Output {
  std::span<std::byte> buffer;
  std::size_t size = 0;

  std::span<std::byte> rest() const { return buffer.subspan(size); }
};

// Upper bound of the ciphertext of that many bytes: a client may ask for records of 512 bytes (RFC
// 6066 4).
constexpr std::size_t sealed_size_max(std::size_t plaintext_size) {
  return plaintext_size + (plaintext_size / 512 + 1) * 64;
}

class Session {
 public:
  enum class Status : std::uint8_t {
    handshaking,  // more ciphertext is needed
    open,         // seal() may be called
    closed,       // the client has sent close_notify; seal() still works
    failed,       // close it once `to_send`, perhaps with an alert, is sent; see reason()
    plain_http,   // the input is plain HTTP, and so should the response be
  };

  explicit Session(std::shared_ptr<const Context> context) : context_(std::move(context)) {}

  // Processes `ciphertext`, however it was split (only a ClientHello in pieces is limited, to 4
  // KiB). Appends plaintext to `plaintext`, and what must be sent to the client to `to_send`,
  // whatever the status. Once it is failed, closed or plain_http, input is ignored.
  //
  // Stops behind a record with plaintext, and leaves what follows it in `ciphertext`: so the
  // plaintext can be answered, even if the next record ends the session.
  //
  // REQUIRES: space for ciphertext.size() + record_payload_max in `plaintext`, and for
  // ciphertext.size() + context.flight_size_max() in `to_send`.
  Status receive(std::span<const std::byte>& ciphertext, Output& plaintext, Output& to_send);

  // Encrypts `plaintext` and appends the records. False: the session is not open, or the library
  // failed; then it is failed.
  // REQUIRES: space for sealed_size_max(plaintext.size()).
  bool seal(std::span<const std::byte> plaintext, Output& to_send);

  // Sends close_notify; no effect during a handshake.
  // REQUIRES: space for sealed_size_max(2).
  void close(Output& to_send);

  Status status() const { return status_; }
  // Approximate bytes that the library buffers: of a record that is incomplete.
  std::size_t unfinished_size() const { return guard_.unfinished_size(); }
  bool resumed() const { return resumed_; }  // by a session ticket

  // Why the session failed, for logs, in this class's words or the library's. Static.
  std::string_view reason() const;

 private:
  void begin(std::string_view server_name);
  void handshake();
  void decrypt(Output& plaintext, std::size_t size_max, const Io& io);
  void fail(int error);
  void refuse(std::string_view reason);  // static

  std::shared_ptr<const Context> context_;
  std::unique_ptr<WOLFSSL, Free> ssl_;  // from the complete ClientHello on
  std::vector<std::byte> hello_;        // the first pieces of a ClientHello
  RecordGuard guard_;
  std::string_view refusal_;  // why this class has ended the session, or empty
  int error_ = 0;             // the library's, if that has
  Status status_ = Status::handshaking;
  bool resumed_ = false;
};

}  // namespace gyre::tls
