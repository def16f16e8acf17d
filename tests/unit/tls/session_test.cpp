#include "common/tls/session.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>

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
  const char* cipher;  // OpenSSL's name; empty: the server's preference
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

TEST_P(Handshake, ExchangesDataAfterwards) {
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

struct Refused {
  const char* name;
  const char* hex;
  Status status;
};

const Refused refused_cases[] = {
    {"http_request", "47 45 54 20 2f", Status::plain_http},
    {"first_byte_of_http", "47", Status::plain_http},
    {"zeros", "00 00 00 00 00", Status::failed},
    {"ssl2_hello", "80 2e 01 00 02 00 15 00 00 00 10 01 00 80 03 00 80", Status::failed},
    {"proxy_protocol_v2", "0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a", Status::failed},
    {"too_long_record", "16 03 01 ff ff 01 00", Status::failed},
    {"no_client_hello", "16 03 01 00 04 02 00 00 00", Status::failed},
    {"empty_record", "16 03 01 00 00", Status::failed},
    {"alert", "15 03 03 00 02 02 28", Status::failed},
    {"application_data", "17 03 03 00 05 68 65 6c 6c 6f", Status::failed},
    {"half_a_hello", "16 03 01 02 00 01 00", Status::handshaking},
};

class NoHandshake : public testing::TestWithParam<Refused> {};

TEST_P(NoHandshake, IsRecognised) {
  const auto context = make_context();
  const Bytes bytes = from_hex(GetParam().hex);
  for (const bool at_once : {true, false}) {
    Session session(context);
    OutputBuffer plaintext(bytes.size() + tls::record_payload_max);
    OutputBuffer to_send(bytes.size() + context->flight_size_max());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::span<const std::byte> piece =
          at_once ? std::span(bytes) : std::span(bytes).subspan(at, 1);
      session.receive(piece, plaintext.output(), to_send.output());
      if (at_once) break;
    }
    EXPECT_EQ(session.status(), GetParam().status) << session.reason();
    EXPECT_EQ(session.reason().empty(), session.status() != Status::failed);
    EXPECT_EQ(plaintext.text(), "");
    EXPECT_FALSE(session.seal(bytes, to_send.output()));
  }
}

INSTANTIATE_TEST_SUITE_P(Tls, NoHandshake, testing::ValuesIn(refused_cases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(TlsSession, OldVersionsAndCiphersGetAnAlert) {
  for (const TlsClientOptions& options :
       {TlsClientOptions{.version = TLS1_1_VERSION, .tls12_ciphers = "ALL:@SECLEVEL=0"},
        TlsClientOptions{.version = TLS1_2_VERSION, .tls12_ciphers = "ECDHE-ECDSA-AES128-SHA"},
        TlsClientOptions{.version = TLS1_2_VERSION, .tls12_ciphers = "AES128-GCM-SHA256"}}) {
    const TlsClientContext client_context(options);
    TlsPair pair(client_context, make_context());
    pair.run();
    EXPECT_EQ(pair.server().status(), Status::failed);
    EXPECT_EQ(pair.client().error(), SSL_ERROR_SSL);
  }
}

// Each kind of connection after its handshake.
class TlsConnection : public testing::TestWithParam<int> {
 protected:
  TlsConnection() { pair.run(); }

  TlsClientContext client_context{{.version = GetParam()}};
  TlsPair pair{client_context, make_context()};
};

TEST_P(TlsConnection, ManyRequestsInOnePiece) {
  std::string all;
  for (int i = 0; i < 100; ++i) {
    pair.client().send(request);
    all += request;
  }
  pair.run();
  EXPECT_EQ(pair.received(), all);
}

TEST_P(TlsConnection, LargestRecordsAndMore) {
  const std::string large(100'000, 'x');
  pair.client().send(large);
  pair.run(1000);
  EXPECT_EQ(pair.received(), large);
  EXPECT_TRUE(pair.send_to_client(large));
  EXPECT_EQ(pair.client().received(), large);
}

TEST_P(TlsConnection, ClientThatClosesStillGetsItsResponse) {
  pair.client().send(request);
  pair.client().shut_down();
  pair.run();
  EXPECT_EQ(pair.server().status(), Status::closed);
  EXPECT_EQ(pair.received(), request);
  EXPECT_TRUE(pair.send_to_client(response));
  EXPECT_EQ(pair.client().received(), response);
}

TEST_P(TlsConnection, ServerCloses) {
  EXPECT_TRUE(pair.send_to_client(response));
  OutputBuffer to_send(tls::sealed_size_max(2));
  pair.server().close(to_send.output());
  pair.client().feed(to_send.filled());
  EXPECT_EQ(pair.client().error(), SSL_ERROR_ZERO_RETURN);
  EXPECT_FALSE(pair.send_to_client(response));
  OutputBuffer nothing(0);
  pair.server().close(nothing.output());  // closing twice has no effect
}

TEST_P(TlsConnection, ChangedBytesFail) {
  pair.client().send(request);
  auto record = pair.client().take();
  record[record.size() / 2] ^= std::byte{1};
  EXPECT_EQ(pair.to_server(record), Status::failed);
  EXPECT_EQ(pair.received(), "");
  EXPECT_NE(pair.server().reason(), "");
  EXPECT_FALSE(pair.send_to_client(response));
}

TEST_P(TlsConnection, TooLongRecordsFail) {
  const Bytes head = from_hex("17 03 03 48 01");  // 2^14 + 2049: more than any version allows
  pair.to_server(head);
  const Bytes rest(0x4801);
  EXPECT_EQ(pair.to_server(rest), Status::failed);
}

TEST_P(TlsConnection, InputAfterTheEndIsIgnored) {
  pair.client().shut_down();
  pair.run();
  ASSERT_EQ(pair.server().status(), Status::closed);
  EXPECT_EQ(pair.to_server(from_hex("17 03 03 00 01 00")), Status::closed);
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsConnection, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST(TlsSession, KeyUpdatesFitTheOutput) {
  const TlsClientContext client_context({.version = TLS1_3_VERSION});
  TlsPair pair(client_context, make_context());
  pair.run();
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(SSL_key_update(pair.client().get(), SSL_KEY_UPDATE_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(pair.client().get()), 1);
  }
  expect_exchange(pair);
}

TEST(TlsSession, RenegotiationIsRefused) {
  const TlsClientContext client_context({.version = TLS1_2_VERSION});
  TlsPair pair(client_context, make_context());
  pair.run();
  ASSERT_EQ(SSL_renegotiate(pair.client().get()), 1);
  SSL_do_handshake(pair.client().get());
  pair.run();
  EXPECT_EQ(pair.client().error(), SSL_ERROR_SSL);
}

TEST(TlsSession, ShortFragmentsFitTheOutput) {
  const TlsClientContext client_context({.max_fragment = TLSEXT_max_fragment_length_512});
  TlsPair pair(client_context, make_context());
  pair.run();
  const std::string large(65'536, 'x');
  EXPECT_TRUE(pair.send_to_client(large));
  EXPECT_EQ(pair.client().received(), large);
}

// A record may have 16 KiB: strangers must not make a server store that much.
TEST(TlsSession, TooLongHelloIsRefused) {
  const auto context = make_context();
  Session session(context);
  OutputBuffer plaintext(tls::record_payload_max + 1024);
  OutputBuffer to_send(context->flight_size_max() + 1024);
  Bytes piece(1024);
  piece[0] = std::byte{0x16};
  piece[1] = std::byte{3};
  piece[3] = std::byte{0x3f};
  for (int pieces = 0; pieces < 4; ++pieces) {
    std::span<const std::byte> input(piece);
    EXPECT_EQ(session.receive(input, plaintext.output(), to_send.output()), Status::handshaking);
  }
  std::span<const std::byte> input(piece);
  EXPECT_EQ(session.receive(input, plaintext.output(), to_send.output()), Status::failed);
  EXPECT_NE(session.reason(), "");
}

TEST(TlsSession, HelloInTwoRecords) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsClientContext client_context({.version = version});
    TlsPair pair(client_context, make_context());
    const auto hello = pair.client().take();
    const auto body = std::span(hello).subspan(tls::record_header_size);
    for (const auto& part : {body.first(60), body.subspan(60)}) {
      Bytes record = from_hex("16 03 01 00");
      ASSERT_LT(part.size(), 512U);
      record[3] = static_cast<std::byte>(part.size() >> 8);
      record.push_back(static_cast<std::byte>(part.size()));
      record.insert(record.end(), part.begin(), part.end());
      pair.to_server(record);
    }
    pair.run();
    expect_exchange(pair);
  }
}

TEST(TlsSession, ApplicationProtocol) {
  for (const auto& [offered, agreed] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"\x08http/1.1", "http/1.1"},
           {"\x02h2\x08http/1.1", "http/1.1"},
           {"\x02h2", ""},
           {"", ""}}) {
    const TlsClientContext client_context({.alpn = std::string(offered)});
    TlsPair pair(client_context, make_context());
    pair.run();
    EXPECT_EQ(pair.client().alpn(), agreed);
    expect_exchange(pair);
  }
}

TEST(TlsSession, KeepsItsContextAfterAReload) {
  const TlsClientContext client_context;
  auto context = make_context();
  TlsPair pair(client_context, context);
  context.reset();
  pair.run();
  expect_exchange(pair);
}

}  // namespace
}  // namespace gyre::test
