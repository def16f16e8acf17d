// A TLS client in memory, by OpenSSL: the peer of tls::Session in tests and benchmarks. Trusts
// every certificate.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.hpp"

namespace gyre::test {

struct TlsClientOptions {
  int version = 0;  // TLS1_2_VERSION or TLS1_3_VERSION; 0: both
  std::string groups{};
  std::string tls12_ciphers{};
  std::string tls13_ciphers{};
  std::string server_name{};
  unsigned char max_fragment = 0;  // as in RFC 6066 4: 1 for 512 bytes
  std::string alpn{};              // protocols, each preceded by its length
};

class TlsClientContext {
 public:
  explicit TlsClientContext(const TlsClientOptions& options = {})
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), options_(options) {
    CHECK(context_ != nullptr);
    SSL_CTX* const context = context_.get();
    CHECK(SSL_CTX_set_min_proto_version(context, options.version) == 1);
    CHECK(SSL_CTX_set_max_proto_version(context, options.version) == 1);
    CHECK(options.groups.empty() || SSL_CTX_set1_groups_list(context, options.groups.c_str()) == 1);
    const auto& tls12 = options.tls12_ciphers;
    CHECK(tls12.empty() || SSL_CTX_set_cipher_list(context, tls12.c_str()) == 1);
    const auto& tls13 = options.tls13_ciphers;
    CHECK(tls13.empty() || SSL_CTX_set_ciphersuites(context, tls13.c_str()) == 1);
    CHECK(SSL_CTX_set_tlsext_max_fragment_length(context, options.max_fragment) == 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
  }

  SSL_CTX* get() const { return context_.get(); }
  const TlsClientOptions& options() const { return options_; }

 private:
  // TLS 1.3 sends sessions after the handshake; the app data points to where they are stored.
  static int keep_session(SSL* ssl, SSL_SESSION* session) {
    auto* const kept = static_cast<SSL_SESSION**>(SSL_get_ex_data(ssl, 0));
    SSL_SESSION_free(std::exchange(*kept, session));
    return 1;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  TlsClientOptions options_;
};

using TlsSession = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

class TlsClient {
 public:
  explicit TlsClient(const TlsClientContext& context, SSL_SESSION* resume = nullptr)
      : ssl_(SSL_new(context.get()), SSL_free) {
    const TlsClientOptions& options = context.options();
    SSL_set_bio(get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_ex_data(get(), 0, &session_);
    if (!options.server_name.empty()) {
      std::string name = options.server_name;
      SSL_ctrl(get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    if (!options.alpn.empty()) {
      SSL_set_alpn_protos(get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                          static_cast<unsigned>(options.alpn.size()));
    }
    if (resume != nullptr) CHECK(SSL_set_session(get(), resume) == 1);
    SSL_set_connect_state(get());
    shake_hands();
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient() {
    SSL_SESSION_free(session_);
    // OpenSSL does not resume sessions of connections that were not closed in order.
    SSL_set_shutdown(get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }

  SSL* get() const { return ssl_.get(); }

  // This side has finished the handshake.
  bool connected() const { return SSL_is_init_finished(get()) == 1; }

  // OpenSSL's verdict on the last input (SSL_ERROR_NONE, _WANT_READ, _ZERO_RETURN, _SSL).
  int error() const { return error_; }

  // The protocol chosen by ALPN, or empty.
  std::string alpn() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(get(), &name, &size);
    return {name, name + size};
  }

  // Compares only the key of the server's certificate, not its names.
  bool server_has(EVP_PKEY* key) const {
    X509* const certificate = SSL_get0_peer_certificate(get());
    return certificate != nullptr && EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1;
  }

  // Takes what it wants to send.
  std::vector<std::byte> take() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(get()), &bytes);
    const auto* const first = reinterpret_cast<const std::byte*>(bytes);
    std::vector<std::byte> taken(first, first + size);
    BIO_reset(SSL_get_wbio(get()));
    return taken;
  }

  // Feeds it bytes of the server; decrypted bytes are appended to received().
  void feed(std::span<const std::byte> bytes) {
    BIO_write(SSL_get_rbio(get()), bytes.data(), static_cast<int>(bytes.size()));
    if (!connected()) shake_hands();
    char chunk[4096];
    int size = 0;
    while (connected() && (size = SSL_read(get(), chunk, sizeof chunk)) > 0) {
      received_.append(chunk, static_cast<std::size_t>(size));
    }
    if (connected()) error_ = SSL_get_error(get(), size);
  }

  void send(std::string_view text) {
    CHECK(SSL_write(get(), text.data(), static_cast<int>(text.size())) > 0);
  }
  void shut_down() { SSL_shutdown(get()); }

  const std::string& received() const { return received_; }

  // The newest session, for another connection to resume; null if there is none.
  TlsSession take_session() { return {std::exchange(session_, nullptr), SSL_SESSION_free}; }

 private:
  void shake_hands() { error_ = SSL_get_error(get(), SSL_do_handshake(get())); }

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  SSL_SESSION* session_ = nullptr;
  std::string received_;
  int error_ = SSL_ERROR_NONE;
};

}  // namespace gyre::test
