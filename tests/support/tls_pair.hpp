// A client and a server session that talk in memory.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "common/tls/session.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_certificate.hpp"
#include "tests/support/tls_client.hpp"

namespace gyre::test {

// An Output with exactly the space that Session::receive requires.
class OutputBuffer {
 public:
  explicit OutputBuffer(std::size_t size)
      : storage_(size), output_{.buffer = storage_, .size = 0} {}
  tls::Output& output() { return output_; }
  std::span<const std::byte> filled() const {
    return std::span<const std::byte>(storage_).first(output_.size);
  }
  std::string text() const {
    return {reinterpret_cast<const char*>(storage_.data()), output_.size};
  }

 private:
  std::vector<std::byte> storage_;
  tls::Output output_;
};

inline tls::CertificateFiles write_pair(const TemporaryFolder& folder, const std::string& name,
                                        EVP_PKEY* key, const CertificateFields& fields = {}) {
  return {
      .certificate_path = folder.write(name + ".crt", pem_of(make_certificate(key, fields).get())),
      .private_key_path = folder.write(name + ".key", pem_of(key))};
}

// Keys that tests share: RSA keys take long to generate.
inline EVP_PKEY* shared_key(KeyKind kind) {
  static std::map<KeyKind, PrivateKey> keys;
  const auto found = keys.find(kind);
  return (found != keys.end() ? found : keys.emplace(kind, make_key(kind)).first)->second.get();
}

// A context with one certificate for "tracker.example".
inline std::shared_ptr<const tls::Context> make_context(
    KeyKind kind = KeyKind::ecdsa_p256, std::shared_ptr<tls::TicketKeys> keys = nullptr) {
  const TemporaryFolder folder;
  const auto context =
      tls::Context::create({write_pair(folder, "test", shared_key(kind))}, std::move(keys), 0);
  CHECK(context.has_value());
  return *context;
}

class TlsPair {
 public:
  TlsPair(const TlsClientContext& client_context, std::shared_ptr<const tls::Context> context,
          SSL_SESSION* resume = nullptr)
      : context_(std::move(context)), client_(client_context, resume), server_(context_) {}

  // Exchanges messages until both sides are silent; the client's bytes go in pieces.
  void run(std::size_t piece_size = 1 << 20) {
    for (;;) {
      const auto bytes = client_.take();
      if (bytes.empty()) return;
      std::span<const std::byte> rest(bytes);
      while (!rest.empty()) {
        const auto piece = rest.first(std::min(piece_size, rest.size()));
        rest = rest.subspan(piece.size());
        to_server(piece);
      }
    }
  }

  // The session processes all of it; its output goes to the client.
  tls::Session::Status to_server(std::span<const std::byte> piece) {
    while (to_server_once(piece)) continue;
    return server_.status();
  }
  // The session processes a part of it. False: nothing is left.
  bool to_server_once(std::span<const std::byte>& piece) {
    OutputBuffer plaintext(piece.size() + tls::record_payload_max);
    OutputBuffer to_send(piece.size() + context_->flight_size_max());
    const std::size_t size_before = piece.size();
    server_.receive(piece, plaintext.output(), to_send.output());
    CHECK(piece.empty() || (piece.size() < size_before && !plaintext.text().empty()));
    received_ += plaintext.text();
    client_.feed(to_send.filled());
    return !piece.empty();
  }

  bool send_to_client(std::string_view text) {
    OutputBuffer to_send(tls::sealed_size_max(text.size()));
    const bool sealed = server_.seal(std::as_bytes(std::span(text)), to_send.output());
    client_.feed(to_send.filled());
    return sealed;
  }

  TlsClient& client() { return client_; }
  tls::Session& server() { return server_; }
  const std::string& received() const { return received_; }  // by the server

 private:
  std::shared_ptr<const tls::Context> context_;
  TlsClient client_;
  tls::Session server_;
  std::string received_;
};

}  // namespace gyre::test
