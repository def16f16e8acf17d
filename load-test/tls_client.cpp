#include "load-test/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <new>

namespace gyre::load_test {

// A session that was not shut down would not be resumed again (SSL_free(3)); "quiet" sends nothing.
void TlsSession::Free::operator()(ssl_st* ssl) const {
  SSL_set_quiet_shutdown(ssl, 1);
  SSL_shutdown(ssl);
  SSL_free(ssl);
}

TlsSession::Status TlsSession::status_after(int result) const {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
      return Status::done;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return Status::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return Status::closed;
    default:
      ERR_clear_error();  // the queue is the thread's, and would speak of the next call too
      return Status::failed;
  }
}

TlsSession::Status TlsSession::shake_hands() {
  return status_after(SSL_do_handshake(ssl_.get()));
}

bool TlsSession::resumed() const {
  return SSL_session_reused(ssl_.get()) == 1;
}

TlsSession::Transfer TlsSession::send(std::span<const char> bytes) {
  std::size_t size = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
  return {.status = status_after(result), .size = size};
}

TlsSession::Transfer TlsSession::receive(std::span<char> room) {
  std::size_t size = 0;
  const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &size);
  return {.status = status_after(result), .size = size};
}

void TlsClient::Free::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

void TlsClient::Free::operator()(ssl_session_st* session) const {
  SSL_SESSION_free(session);
}

std::expected<std::unique_ptr<TlsClient>, std::string> TlsClient::create(bool resume) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return std::unexpected("OpenSSL cannot create a TLS client context");
  std::unique_ptr<TlsClient> client(new TlsClient(context));
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_read_ahead(context, 1);  // else each record takes two reads
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Trackers close without saying so in TLS; lengths tell whether a response is complete.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (SSL_CTX_set1_groups_list(context, "X25519:P-256") != 1) {
    return std::unexpected("OpenSSL does not support X25519");
  }
  if (resume) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context, client.get());
    SSL_CTX_sess_set_new_cb(context, keep_ticket);
  } else {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  }
  return client;
}

// By SSL_CTX_sess_set_new_cb(3): 1 takes the session over.
int TlsClient::keep_ticket(ssl_st* ssl, ssl_session_st* session) {
  auto* const client = static_cast<TlsClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  client->ticket_.reset(session);
  return 1;
}

TlsSession TlsClient::begin(int fd) {
  SSL* const ssl = SSL_new(context_.get());
  if (ssl == nullptr || SSL_set_fd(ssl, fd) != 1) throw std::bad_alloc();
  SSL_set_connect_state(ssl);
  // A copy, for a connection changes the session that it has.
  using Session = std::unique_ptr<ssl_session_st, Free>;
  const Session copy(ticket_ == nullptr ? nullptr : SSL_SESSION_dup(ticket_.get()));
  if (copy != nullptr) SSL_set_session(ssl, copy.get());
  return TlsSession(ssl);
}

}  // namespace gyre::load_test
