#include "common/tls/certificate.hpp"

#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"
#include "tests/support/test_certificate.hpp"

namespace gyre::test {
namespace {

using tls::read_certificate;

Bytes der_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  CHECK(size > 0);
  const auto* const first = reinterpret_cast<const std::byte*>(der);
  Bytes bytes(first, first + size);
  OPENSSL_free(der);
  return bytes;
}

TEST(Certificate, NamesAndTimes) {
  const PrivateKey key = make_key();
  const auto certificate = make_certificate(
      key.get(), {.alternative_names = "DNS:One.Example,IP:10.0.0.1,email:a@b,DNS:*.two.example"});
  const auto facts = read_certificate(der_of(certificate.get()));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->host_names, (std::vector<std::string>{"one.example", "*.two.example"}));
}

TEST(Certificate, WithoutNames) {
  const PrivateKey key = make_key();
  const auto certificate = make_certificate(key.get(), {.alternative_names = ""});
  const auto facts = read_certificate(der_of(certificate.get()));
  ASSERT_TRUE(facts.has_value());
  EXPECT_TRUE(facts->host_names.empty());
}

TEST(Certificate, CriticalNames) {
  const PrivateKey key = make_key();
  const auto certificate =
      make_certificate(key.get(), {.alternative_names = "critical,DNS:a.example"});
  EXPECT_EQ(read_certificate(der_of(certificate.get()))->host_names,
            std::vector<std::string>{"a.example"});
}

struct Time {
  const char* text;  // ASN1_TIME_set_string: UTCTime up to 2049, GeneralizedTime beyond
  std::optional<std::uint64_t> unix_seconds;
};

TEST(Certificate, Times) {
  const PrivateKey key = make_key();
  for (const auto& [text, unix_seconds] : std::vector<Time>{
           {"700101000000Z", 0},
           {"261121134501Z", 1'795'268'701},
           {"491231235959Z", 2'524'607'999},
           {"500101000000Z", 0},  // 1950
           {"20500101000000Z", 2'524'608'000},
           {"99991231235959Z", 253'402'300'799},  // RFC 5280 4.1.2.5: no expiration
       }) {
    const auto certificate = make_certificate(key.get());
    ASSERT_EQ(ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), text), 1);
    CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    const auto facts = read_certificate(der_of(certificate.get()));
    ASSERT_TRUE(facts.has_value()) << text;
    EXPECT_EQ(facts->not_after, unix_seconds) << text;
  }
}

TEST(Certificate, NoPrefixIsACertificate) {
  const PrivateKey key = make_key();
  const Bytes der = der_of(make_certificate(key.get()).get());
  for (std::size_t size = 0; size < der.size(); ++size) {
    const ExactCopy prefix{std::span(der).first(size)};
    EXPECT_FALSE(read_certificate(prefix.span()).has_value()) << size;
  }
}

TEST(Certificate, ChangedBytesStayInBounds) {
  const PrivateKey key = make_key();
  const Bytes der = der_of(make_certificate(key.get()).get());
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (const std::byte mask : {std::byte{0x80}, std::byte{0xff}, std::byte{0x01}}) {
      Bytes changed = der;
      changed[i] ^= mask;
      const ExactCopy copy(changed);
      const auto facts = read_certificate(copy.span());
      if (facts) {
        EXPECT_LE(facts->host_names.size(), 1U);
      }
    }
  }
}

}  // namespace
}  // namespace gyre::test
