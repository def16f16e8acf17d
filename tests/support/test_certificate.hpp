// Certificates and keys for tests of TLS, made by OpenSSL when they are needed, so that none is
// committed and none expires. Self-signed; in PEM.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "common/base/check.hpp"

namespace gyre::test {

enum class KeyKind { ecdsa_p256, ecdsa_p384, rsa_2048, ed25519 };
enum class KeyFormat { pkcs8, traditional, pkcs8_encrypted };  // traditional: SEC1 or PKCS#1

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

inline PrivateKey make_key(KeyKind kind = KeyKind::ecdsa_p256) {
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case KeyKind::ecdsa_p256:
      key = EVP_EC_gen("P-256");
      break;
    case KeyKind::ecdsa_p384:
      key = EVP_EC_gen("P-384");
      break;
    case KeyKind::rsa_2048:
      key = EVP_RSA_gen(2048);
      break;
    case KeyKind::ed25519:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
  }
  CHECK(key != nullptr);
  return {key, EVP_PKEY_free};
}

struct CertificateFields {
  std::string alternative_names = "DNS:tracker.example";  // as in openssl.cnf; empty: no extension
  long valid_from = -3600;                                // seconds from now
  long valid_until = 3600;
};

inline Certificate make_certificate(EVP_PKEY* key, const CertificateFields& fields = {}) {
  Certificate certificate(X509_new(), X509_free);
  X509* const x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), fields.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(x509), fields.valid_until);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("gyre test"), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  CHECK(X509_set_pubkey(x509, key) == 1);
  if (!fields.alternative_names.empty()) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                                          fields.alternative_names.c_str());
    CHECK(extension != nullptr);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
  }
  const bool own_digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
  CHECK(X509_sign(x509, key, own_digest ? nullptr : EVP_sha256()) > 0);
  return certificate;
}

// What `write` puts into a BIO.
template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  CHECK(write(bio.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

inline std::string pem_of(X509* certificate) {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

inline std::string pem_of(EVP_PKEY* key, KeyFormat format = KeyFormat::pkcs8) {
  return written([&](BIO* bio) {
    if (format == KeyFormat::traditional) {
      return PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    }
    const bool encrypted = format == KeyFormat::pkcs8_encrypted;
    const EVP_CIPHER* const cipher = encrypted ? EVP_aes_128_cbc() : nullptr;
    return PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, encrypted ? "secret" : nullptr,
                                         encrypted ? 6 : 0, nullptr, nullptr);
  });
}

}  // namespace gyre::test
