// clang-format off: options.h defines how the library was built, and must come first.
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
// clang-format on

#include "common/tls/session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/check.hpp"
#include "common/tls/io.hpp"
#include "common/tls/thread_tables.hpp"

namespace gyre::tls {
namespace {

constexpr char application_protocol[] = "http/1.1";

// HTTP methods begin with a capital letter; TLS records never do.
bool begins_like_http(std::byte first) {
  return first >= std::byte{'A'} && first <= std::byte{'Z'};
}

// Bytes kept of an incomplete ClientHello. They have 200 to 2,500; the protocol's 16 KiB would give
// strangers that much memory for a few bytes.
constexpr std::size_t hello_size_max = 4096;

void set_io(WOLFSSL* ssl, Io* io) {
  wolfSSL_SetIOReadCtx(ssl, io);
  wolfSSL_SetIOWriteCtx(ssl, io);
}

}  // namespace

int receive_from_memory(WOLFSSL* ssl, char* buffer, int size, void* io_pointer) {
  auto& io = *static_cast<Io*>(io_pointer);
  if (io.input.empty()) return WOLFSSL_CBIO_ERR_WANT_READ;
  DCHECK(size >= 0);
  const std::size_t taken = std::min(static_cast<std::size_t>(size), io.input.size());
  if (io.guard != nullptr) {
    if (io.handshaking) io.guard->set_cipher_suite(wolfSSL_get_current_cipher_suite(ssl));
    if (io.guard->take(io.input.first(taken)) != RecordFault::none) return WOLFSSL_CBIO_ERR_GENERAL;
  }
  std::memcpy(buffer, io.input.data(), taken);
  io.input = io.input.subspan(taken);
  return static_cast<int>(taken);
}

// If the output is full, the session fails and nothing is overwritten: the client influences how
// much the library has to send.
int send_to_memory(WOLFSSL* ssl, char* buffer, int size, void* io_pointer) {
  const auto& io = *static_cast<Io*>(io_pointer);
  Output& output = *io.output;
  const auto wanted = static_cast<std::size_t>(size);
  if (size < 0 || wanted > output.rest().size()) return WOLFSSL_CBIO_ERR_GENERAL;
  std::memcpy(output.rest().data(), buffer, wanted);
  if (io.guard != nullptr && io.handshaking) {
    io.guard->set_cipher_suite(wolfSSL_get_current_cipher_suite(ssl));
    io.guard->observe_server(output.rest().first(wanted));
  }
  output.size += wanted;
  DCHECK(output.size <= output.buffer.size());
  return size;
}

Session::Status Session::receive(std::span<const std::byte>& input, Output& plaintext,
                                 Output& to_send) {
  std::span<const std::byte> ciphertext = std::exchange(input, {});
  if (ciphertext.empty() || (status_ != Status::handshaking && status_ != Status::open)) {
    return status_;
  }
  if (!ssl_) {
    if (hello_.empty() && begins_like_http(ciphertext.front())) {
      return status_ = Status::plain_http;
    }
    if (!hello_.empty()) {
      if (hello_.size() + ciphertext.size() > hello_size_max) {
        hello_ = std::vector<std::byte>();  // {} would keep the memory
        fail(BUFFER_E);
        return status_;
      }
      hello_.insert(hello_.end(), ciphertext.begin(), ciphertext.end());
      ciphertext = hello_;
    }
    const auto server_name = read_client_hello(ciphertext);
    if (!server_name) {
      if (!hello_.empty()) return status_;
      if (ciphertext.size() > hello_size_max) {
        fail(BUFFER_E);
      } else {
        hello_.reserve(hello_size_max);
        hello_.assign(ciphertext.begin(), ciphertext.end());
      }
      return status_;
    }
    begin(*server_name);
  }
  if (ssl_) {
    const std::size_t plaintext_max = guard_.unfinished_size() + ciphertext.size();
    Io io{.input = ciphertext,
          .output = &to_send,
          .guard = &guard_,
          .handshaking = status_ == Status::handshaking};
    set_io(ssl_.get(), &io);
    if (status_ == Status::handshaking) handshake();
    io.handshaking = false;
    if (status_ == Status::open) decrypt(plaintext, plaintext_max, io);
    if (status_ == Status::open) input = io.input;
    DCHECK(input.empty() || hello_.empty());  // a handshake takes more than its first flight
    set_io(ssl_.get(), nullptr);
    if (const RecordFault fault = guard_.fault(); fault != RecordFault::none)
      refuse(to_string(fault));
  }
  hello_ = std::vector<std::byte>();  // {} would keep the memory
  return status_;
}

void Session::begin(std::string_view server_name) {
  DCHECK(!ssl_ && status_ == Status::handshaking);
  free_tables_with_thread();
  ssl_.reset(wolfSSL_new(context_->for_server_name(server_name)));
  if (!ssl_) return fail(MEMORY_E);
  // A client that offers only other protocols may still speak HTTP/1.1, so the handshake continues.
  std::array<char, sizeof application_protocol> name;
  std::ranges::copy(application_protocol, name.begin());
  const int result =
      wolfSSL_UseALPN(ssl_.get(), name.data(), name.size() - 1, WOLFSSL_ALPN_CONTINUE_ON_MISMATCH);
  if (result != WOLFSSL_SUCCESS) fail(result);
}

void Session::handshake() {
  DCHECK(ssl_ && status_ == Status::handshaking);
  if (wolfSSL_accept(ssl_.get()) == WOLFSSL_SUCCESS) {
    resumed_ = wolfSSL_session_reused(ssl_.get()) == 1;
    status_ = Status::open;
    return;
  }
  const int error = wolfSSL_get_error(ssl_.get(), WOLFSSL_FATAL_ERROR);
  if (error != WOLFSSL_ERROR_WANT_READ) fail(error);
}

// Plaintext is shorter than its records. If the library claims otherwise, it has read out of
// bounds, and nothing of it is passed on.
void Session::decrypt(Output& plaintext, std::size_t size_max, const Io& io) {
  DCHECK(ssl_ && status_ == Status::open);
  const std::size_t size_before = plaintext.size;
  for (;;) {
    const std::size_t size_left = size_max - (plaintext.size - size_before);
    const auto room = plaintext.rest().first(std::min(size_left + 1, plaintext.rest().size()));
    if (room.empty()) return refuse("no space for the plaintext");
    const int size = wolfSSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
    if (size > 0) {
      plaintext.size += static_cast<std::size_t>(size);
      if (static_cast<std::size_t>(size) > size_left) {
        plaintext.size = size_before;
        return refuse("more plaintext than ciphertext");
      }
      const bool is_end_of_record = wolfSSL_pending(ssl_.get()) == 0;
      if (is_end_of_record && !io.input.empty()) return;
      continue;
    }
    const int error = wolfSSL_get_error(ssl_.get(), size);
    if (error == WOLFSSL_ERROR_WANT_READ) return;
    if (error != WOLFSSL_ERROR_ZERO_RETURN) return fail(error);
    status_ = Status::closed;
    return;
  }
}

bool Session::seal(std::span<const std::byte> plaintext, Output& to_send) {
  if (status_ != Status::open && status_ != Status::closed) return false;
  if (!ssl_) return false;
  Io io{.input = {}, .output = &to_send};
  set_io(ssl_.get(), &io);
  const int size = wolfSSL_write(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
  set_io(ssl_.get(), nullptr);
  if (size >= 0 && static_cast<std::size_t>(size) == plaintext.size()) return true;
  fail(wolfSSL_get_error(ssl_.get(), size));
  return false;
}

void Session::close(Output& to_send) {
  if (!ssl_ || (status_ != Status::open && status_ != Status::closed)) return;
  Io io{.input = {}, .output = &to_send};
  set_io(ssl_.get(), &io);
  wolfSSL_shutdown(ssl_.get());
  ssl_.reset();
  status_ = Status::closed;
}

void Session::fail(int error) {
  status_ = Status::failed;
  error_ = error;
}

void Session::refuse(std::string_view reason) {
  DCHECK(!reason.empty());
  status_ = Status::failed;
  refusal_ = reason;
}

std::string_view Session::reason() const {
  if (status_ != Status::failed) return {};
  if (!refusal_.empty()) return refusal_;
  const char* text = wolfSSL_ERR_reason_error_string(static_cast<unsigned long>(error_));
  return text != nullptr ? text : "";
}

}  // namespace gyre::tls
