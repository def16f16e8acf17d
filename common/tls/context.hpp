// What all TLS sessions of a server share: certificates and their keys, settings of the protocol,
// the keys of session tickets. Between files that the operator names and sessions.
//
// Immutable once made. A reload makes a new one from the same options and replaces the shared
// pointer; sessions keep the one that they began with. If it cannot be made, the old one stays.
//
// Protocol: TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only, the server's
// preference; X25519 first; ALPN http/1.1; no renegotiation, no 0-RTT, no session cache, no client
// certificates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/tls/ticket_keys.hpp"

struct WOLFSSL_CTX;

namespace gyre::tls {

struct CertificateFiles {
  std::string certificate_path;  // PEM: the server's certificate, then those that it is issued by
  std::string private_key_path;  // PEM, not encrypted: PKCS#8, PKCS#1 (RSA) or SEC1 (ECDSA)
};

struct ContextOptions {
  // Chosen by the name that the client asks for (SNI). The first is for all who ask for none, or
  // for one that no certificate has. At least one.
  std::vector<CertificateFiles> certificates;
  // Shared with the contexts before and after this one. Null: no session tickets.
  std::shared_ptr<TicketKeys> ticket_keys{};
  std::uint64_t unix_seconds = 0;  // now, to warn of certificates that have expired
};

// The TLS library that was built in, with its revision and whether it has assembly, for logs.
std::string library_name();

// Bytes that a session holds while it is idle, about: tests/bench/tls_benchmark.cpp measures it.
// Builds with OpenSSL's interface (an operator's own) keep room for it, and for clients.
std::size_t idle_session_size();
// The same of one in the middle of its handshake, the kernel's part included.
std::size_t handshake_size();

class Context {
 public:
  // Reads the files. The error names the file and what is wrong with it.
  static std::expected<std::shared_ptr<const Context>, std::string> create(
      const ContextOptions& options);

  // Sentences for the log, each with its file: what serves, but not as the operator may want.
  std::span<const std::string> warnings() const { return warnings_; }

  // Whether a handshake succeeds: for a process that has changed its root directory, where the
  // library may miss /dev/urandom.
  bool works() const;

  // Bytes that one call of Session::receive can need to send, beside as many as it was given.
  std::size_t flight_size_max() const { return flight_size_max_; }

 private:
  friend class Session;
  struct Free {
    void operator()(WOLFSSL_CTX* context) const;
  };
  using Handle = std::unique_ptr<WOLFSSL_CTX, Free>;

  Context() = default;
  std::expected<void, std::string> add(const CertificateFiles& files, std::uint64_t unix_seconds);
  WOLFSSL_CTX* for_server_name(std::string_view name) const;

  std::shared_ptr<TicketKeys> ticket_keys_;
  std::vector<Handle> handles_;                             // one for each certificate
  std::map<std::string, WOLFSSL_CTX*, std::less<>> names_;  // lower case; "*.x" for wildcards
  std::size_t flight_size_max_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace gyre::tls
