#include "load-test/connector.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

#include "load-test/client_address.hpp"

namespace gyre::load_test {
namespace {

void switch_on(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

// The port is chosen when it is known where to: so it can serve several destinations at a time.
int bind_to(int fd, const net::SocketName& source) {
  switch_on(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  return ::bind(fd, source.get(), source.size);
}

}  // namespace

std::expected<std::unique_ptr<Connector>, std::string> Connector::create(
    const net::SocketAddress& server, const ConnectionConfig& config, bool use_tls) {
  std::unique_ptr<Connector> connector(new Connector(server, config.client_addresses));
  if (use_tls) {
    if (auto done = connector->set_up_tls(config.tls_resumption); !done) {
      return std::unexpected(done.error());
    }
  }
  return connector;
}

Connector::Connector(const net::SocketAddress& server, std::uint32_t source_count)
    : server_(net::socket_name_of(server)) {
  for (std::uint32_t i = 0; i < source_count; ++i) {
    const auto address = loopback_client(server, i);
    sources_.push_back(address ? std::optional(net::socket_name_of({*address, 0})) : std::nullopt);
  }
}

std::expected<Connection, Obstacle> Connector::open() {
  const std::uint32_t source = next_source_;
  next_source_ = (next_source_ + 1) % static_cast<std::uint32_t>(sources_.size());
  const auto& source_name = sources_[source];
  Fd fd(::socket(server_.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || (source_name && bind_to(fd.get(), *source_name) != 0)) {
    return std::unexpected(Obstacle::failed);
  }
  // As browsers do: what is sent while the last message is not acknowledged would wait for that, up
  // to 40 ms.
  switch_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (::connect(fd.get(), server_.get(), server_.size) != 0 && errno != EINPROGRESS) {
    return std::unexpected(errno == ECONNREFUSED ? Obstacle::refused : Obstacle::failed);
  }
  auto ssl = begin_tls(fd.get());
  return Connection(std::move(fd), std::move(ssl), source);
}

std::expected<void, std::string> Connector::set_up_tls(bool resume) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return std::unexpected("OpenSSL cannot create a TLS client context");
  tls_.reset(context);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_read_ahead(context, 1);  // else each record takes two reads
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Trackers close without close_notify; lengths show whether a response is complete.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (SSL_CTX_set1_groups_list(context, "X25519:P-256") != 1) {
    return std::unexpected("OpenSSL does not support X25519");
  }
  if (resume) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_sess_set_new_cb(context, keep_ticket);
  } else {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  }
  return {};
}

// By SSL_CTX_sess_set_new_cb(3): 1 takes the session over.
int Connector::keep_ticket(ssl_st* ssl, ssl_session_st* session) {
  auto* const connector = static_cast<Connector*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  connector->ticket_.reset(session);
  return 1;
}

// Null without TLS.
std::unique_ptr<ssl_st, FreeTls> Connector::begin_tls(int fd) {
  if (!tls_) return nullptr;
  std::unique_ptr<ssl_st, FreeTls> ssl(SSL_new(tls_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) throw std::bad_alloc();
  SSL_set_connect_state(ssl.get());
  // A copy, for a connection changes the session that it has.
  const std::unique_ptr<ssl_session_st, FreeTls> copy(ticket_ ? SSL_SESSION_dup(ticket_.get())
                                                              : nullptr);
  if (copy) SSL_set_session(ssl.get(), copy.get());
  return ssl;
}

}  // namespace gyre::load_test
