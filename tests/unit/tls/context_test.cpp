#include "common/tls/context.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/tls_pair.hpp"

namespace gyre::test {
namespace {

using tls::CertificateFiles;
using tls::Context;

constexpr std::uint64_t unix_seconds_of_2100 = 4'102'444'800;

std::string error_of(const CertificateFiles& files) {
  const auto context = Context::create({files}, nullptr, 0);
  return context ? "" : context.error();
}

TEST(TlsContext, EachFormatOfPrivateKeys) {
  const TemporaryFolder folder;
  for (const KeyKind kind : {KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::rsa_2048}) {
    for (const KeyFormat format : {KeyFormat::pkcs8, KeyFormat::traditional}) {
      CertificateFiles files = write_pair(folder, "pair", shared_key(kind));
      folder.write("pair.key", pem_of(shared_key(kind), format));
      EXPECT_EQ(error_of(files), "");
    }
  }
}

// `openssl ecparam -genkey` writes the curve's parameters before the key.
TEST(TlsContext, AcceptsParametersBeforeTheKey) {
  const TemporaryFolder folder;
  EVP_PKEY* const key = shared_key(KeyKind::ecdsa_p256);
  const CertificateFiles files = write_pair(folder, "pair", key);
  folder.write("pair.key",
               "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" +
                   pem_of(key, KeyFormat::traditional));
  EXPECT_EQ(error_of(files), "");
}

TEST(TlsContext, ErrorsNameBadPairs) {
  const TemporaryFolder folder;
  EVP_PKEY* const key = shared_key(KeyKind::ecdsa_p256);
  const std::string certificate = pem_of(make_certificate(key).get());
  const std::string other_ecdsa = pem_of(make_key(KeyKind::ecdsa_p256).get());
  const std::string other_rsa = pem_of(shared_key(KeyKind::rsa_2048));
  const std::string key_text = pem_of(key);
  const std::string no_certificate = ": does not start with a PEM certificate";
  const std::string cut_off = ": truncated PEM block";
  const std::string no_key = ": not a PEM private key (PKCS#8, PKCS#1 or SEC1, unencrypted)";
  const std::string mismatch = ": is not the key of the certificate in " + folder.file("pair.crt");
  struct Case {
    std::string certificate;
    std::string key;
    std::string error_begins;
  };
  const std::string crt = folder.file("pair.crt");
  const std::string pem = folder.file("pair.key");
  for (const Case& bad : std::vector<Case>{
           {"", key_text, crt + no_certificate},
           {"no PEM", key_text, crt + no_certificate},
           {key_text, key_text, crt + no_certificate},
           {certificate.substr(0, certificate.size() / 2), key_text, crt + cut_off},
           {certificate + certificate.substr(0, 100), key_text, crt + cut_off},
           {certificate, "", pem + no_key},
           {certificate, "no PEM", pem + no_key},
           {certificate, certificate, pem + no_key},
           {certificate, key_text.substr(0, key_text.size() / 2), pem + cut_off},
           {certificate, pem_of(key, KeyFormat::pkcs8_encrypted), pem + no_key},
           {certificate, other_ecdsa, pem + mismatch},
           {certificate, other_rsa, pem + mismatch},
       }) {
    const CertificateFiles files{.certificate_path = folder.write("pair.crt", bad.certificate),
                                 .private_key_path = folder.write("pair.key", bad.key)};
    EXPECT_TRUE(error_of(files).starts_with(bad.error_begins))
        << error_of(files) << ", expected " << bad.error_begins;
  }
}

TEST(TlsContext, ErrorsNameUnreadableFiles) {
  const TemporaryFolder folder;
  const CertificateFiles good = write_pair(folder, "pair", shared_key(KeyKind::ecdsa_p256));
  const std::string none = folder.file("none");
  EXPECT_EQ(error_of({none, good.private_key_path}), none + ": No such file or directory");
  EXPECT_EQ(error_of({good.certificate_path, none}), none + ": No such file or directory");
  const std::string large = folder.write("large", std::string(300'000, 'x'));
  EXPECT_EQ(error_of({large, good.private_key_path}), large + ": is larger than 256 KiB");
  EXPECT_FALSE(Context::create({}, nullptr, 0).has_value());
}

TEST(TlsContext, WarningsNameTheFile) {
  const TemporaryFolder folder;
  EVP_PKEY* const key = shared_key(KeyKind::ecdsa_p256);
  const auto files = write_pair(folder, "pair", key, {.alternative_names = "IP:127.0.0.1"});
  const auto at = [&](std::uint64_t now) {
    const auto context = Context::create({files}, nullptr, now);
    const auto warnings = (*context)->warnings();
    return std::vector<std::string>(warnings.begin(), warnings.end());
  };
  const std::string names_no_host = files.certificate_path + ": the certificate has no host name";
  EXPECT_EQ(at(0), (std::vector{files.certificate_path + ": the certificate is not valid yet",
                                names_no_host}));
  EXPECT_EQ(at(static_cast<std::uint64_t>(::time(nullptr))), (std::vector{names_no_host}));
  EXPECT_EQ(at(unix_seconds_of_2100),
            (std::vector{files.certificate_path + ": the certificate has expired", names_no_host}));
}

TEST(TlsContext, ChoosesTheCertificateByServerName) {
  const TemporaryFolder folder;
  const PrivateKey first = make_key();
  const PrivateKey second = make_key();
  const PrivateKey third = make_key();
  const auto context = Context::create(
      {write_pair(folder, "first", first.get(), {.alternative_names = "DNS:first.example"}),
       write_pair(folder, "second", second.get(),
                  {.alternative_names = "DNS:Second.Example,DNS:x.third.example"}),
       write_pair(folder, "third", third.get(),
                  {.alternative_names = "DNS:*.third.example,DNS:first.example"})},
      nullptr, 0);
  ASSERT_TRUE(context.has_value()) << context.error();
  for (const auto& [name, key] : std::vector<std::pair<std::string, EVP_PKEY*>>{
           {"", first.get()},
           {"first.example", first.get()},  // the first of two that have the name
           {"unknown.example", first.get()},
           {"second.example", second.get()},
           {"SECOND.EXAMPLE", second.get()},
           {"a.third.example", third.get()},
           {"x.third.example", second.get()},  // the exact name, before a wildcard
           {"a.b.third.example", first.get()},
           {"third.example", first.get()},
           {"localhost", first.get()},
       }) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const TlsClientContext client_context({.version = version, .server_name = name});
      TlsPair pair(client_context, *context);
      pair.run(50);
      EXPECT_TRUE(pair.client().server_has(key)) << name;
    }
  }
}

TEST(TlsContext, SendsTheWholeChain) {
  const TemporaryFolder folder;
  EVP_PKEY* const key = shared_key(KeyKind::ecdsa_p256);
  const CertificateFiles files = write_pair(folder, "pair", key);
  std::string chain = folder.read("pair.crt");
  const std::string issuer = pem_of(make_certificate(shared_key(KeyKind::rsa_2048)).get());
  for (int i = 0; i < 5; ++i) chain += issuer;
  folder.write("pair.crt", chain);
  const auto context = Context::create({files}, nullptr, 0);
  ASSERT_TRUE(context.has_value()) << context.error();
  const TlsClientContext client_context;
  TlsPair pair(client_context, *context);
  pair.run();
  EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(pair.client().get())), 6);
}

}  // namespace
}  // namespace gyre::test
