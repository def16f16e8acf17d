#include "common/tls/session.hpp"

#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"
#include "tests/support/tls_pair.hpp"

namespace gyre::test {
namespace {

using tls::Session;
using Status = Session::Status;

constexpr std::string_view request = "GET /announce?info_hash=x HTTP/1.1\r\n\r\n";
constexpr std::string_view response = "HTTP/1.1 200 OK\r\n\r\nd8:intervali1800e5:peers0:e";

void expect_exchange(TlsPair& pair, std::size_t piece_size = 1 << 20) {
  ASSERT_TRUE(pair.client().connected()) << pair.server().reason();
  ASSERT_EQ(pair.server().status(), Status::open);
  pair.client().send(request);
  pair.run(piece_size);
  EXPECT_EQ(pair.received(), request);
  EXPECT_TRUE(pair.send_to_client(response));
  EXPECT_EQ(pair.client().received(), response);
}

struct HandshakeCase {
  const char* name;
  KeyKind key;
  TlsClientOptions client;
  const char* version;
  const char* cipher;  // as OpenSSL calls it; empty: whatever the server prefers
  int group;
};

const HandshakeCase handshake_cases[] = {
    {"tls13", KeyKind::ecdsa_p256, {}, "TLSv1.3", "", NID_X25519},
    {"tls13_rsa", KeyKind::rsa_2048, {}, "TLSv1.3", "", NID_X25519},
    {"tls13_p384", KeyKind::ecdsa_p384, {}, "TLSv1.3", "", NID_X25519},
    {"tls13_ed25519", KeyKind::ed25519, {}, "TLSv1.3", "", NID_X25519},
    {"tls13_group_p256",
     KeyKind::ecdsa_p256,
     {.version = TLS1_3_VERSION, .groups = "P-256"},
     "TLSv1.3",
     "",
     NID_X9_62_prime256v1},
    {"tls13_client_prefers_p384",
     KeyKind::ecdsa_p256,
     {.version = TLS1_3_VERSION, .groups = "P-384:X25519"},
     "TLSv1.3",
     "",
     NID_secp384r1},
    {"tls13_hello_retry",
     KeyKind::ecdsa_p256,
     {.version = TLS1_3_VERSION, .groups = "P-521:X25519"},
     "TLSv1.3",
     "",
     NID_X25519},
    {"tls13_aes256",
     KeyKind::ecdsa_p256,
     {.version = TLS1_3_VERSION, .tls13_ciphers = "TLS_AES_256_GCM_SHA384"},
     "TLSv1.3",
     "TLS_AES_256_GCM_SHA384",
     NID_X25519},
    {"tls12", KeyKind::ecdsa_p256, {.version = TLS1_2_VERSION}, "TLSv1.2", "", NID_X25519},
    {"tls12_rsa", KeyKind::rsa_2048, {.version = TLS1_2_VERSION}, "TLSv1.2", "", NID_X25519},
    {"tls12_group_p256",
     KeyKind::ecdsa_p256,
     {.version = TLS1_2_VERSION, .groups = "P-256"},
     "TLSv1.2",
     "",
     NID_X9_62_prime256v1},
    {"tls12_aes128",
     KeyKind::rsa_2048,
     {.version = TLS1_2_VERSION, .tls12_ciphers = "ECDHE-RSA-AES128-GCM-SHA256"},
     "TLSv1.2",
     "ECDHE-RSA-AES128-GCM-SHA256",
     NID_X25519},
};

class Handshake : public testing::TestWithParam<HandshakeCase> {};

TEST_P(Handshake, IsFollowedByAnExchange) {
  const HandshakeCase& expected = GetParam();
  const auto context = make_context(expected.key);
  const TlsClientContext client_context(expected.client);
  for (const std::size_t piece_size : {std::size_t{1} << 20, std::size_t{1}, std::size_t{7}}) {
    TlsPair pair(client_context, context);
    pair.run(piece_size);
    expect_exchange(pair, piece_size);
    SSL* const ssl = pair.client().get();
    EXPECT_STREQ(SSL_get_version(ssl), expected.version);
    if (*expected.cipher != 0) {
      EXPECT_STREQ(SSL_get_cipher_name(ssl), expected.cipher);
    }
    EXPECT_EQ(SSL_get_negotiated_group(ssl), expected.group);
    EXPECT_FALSE(pair.server().resumed());
  }
}

INSTANTIATE_TEST_SUITE_P(Tls, Handshake, testing::ValuesIn(handshake_cases),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace gyre::test
