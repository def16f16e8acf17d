// What the TLS sessions of a server share: certificates and their keys, protocol settings, the keys
// of session tickets.
//
// Immutable once created. A reload creates a new context from the same options and replaces the
// shared pointer; sessions keep the one that they began with.
//
// Protocol: TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only, in the server's
// order of preference; X25519 first; ALPN http/1.1; no renegotiation, 0-RTT, session cache or
// client certificates.
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

struct WOLFSSL;
struct WOLFSSL_CTX;

namespace gyre::tls {

// Deletes what the TLS library has made.
struct Free {
  void operator()(WOLFSSL_CTX* context) const;
  void operator()(WOLFSSL* ssl) const;
};

struct CertificateFiles {
  std::string certificate_path;  // PEM: the server's certificate, then its issuers
  std::string private_key_path;  // PEM, not encrypted: PKCS#8, PKCS#1 (RSA) or SEC1 (ECDSA)
};

// The TLS library that is linked, its revision, and whether it uses assembly; for logs.
std::string library_name();

// Approximate bytes of an idle session, as tests/bench/tls_benchmark.cpp measures them. Builds with
// OpenSSL's interface (an operator's own) reserve more.
std::size_t idle_session_size();
// The same of a session in its handshake, with the kernel's share.
std::size_t handshake_size();

class Context {
 public:
  // Reads the files. The error names the file and says what is wrong with it.
  //
  // Certificates are chosen by SNI; the first one, which must exist, serves clients that send no
  // name, or one that no certificate has. `ticket_keys` are shared with the contexts before and
  // after this one; null: no session tickets. `unix_seconds`: the time now, to warn of expired
  // certificates.
  static std::expected<std::shared_ptr<const Context>, std::string> create(
      const std::vector<CertificateFiles>& certificates, std::shared_ptr<TicketKeys> ticket_keys,
      std::uint64_t unix_seconds);

  // Warnings for the log, each with its file: it serves, but perhaps not as the operator intended.
  std::span<const std::string> warnings() const { return warnings_; }

  // Whether a handshake succeeds; for a process that has changed its root directory, where the
  // library may lack /dev/urandom.
  bool works() const;

  // Bytes that Session::receive can append to `to_send`, beyond the size of its input.
  std::size_t flight_size_max() const { return flight_size_max_; }

 private:
  friend class Session;
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
