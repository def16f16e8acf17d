// Records that no TLS library would produce, of any type, size and padding, encrypted with the keys
// of a connected TlsClient. They take the place of the client's own, which must have sent nothing
// since.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/tls/record_guard.hpp"
#include "tests/support/bytes.hpp"

namespace gyre::test {

// Makes the keys of connections known. To be set before the handshake.
class TlsSecret {
 public:
  explicit TlsSecret(SSL_CTX* context) { SSL_CTX_set_keylog_callback(context, keep); }

  // CLIENT_TRAFFIC_SECRET_0 of this thread's latest connection.
  static Bytes& traffic_secret() {
    static thread_local Bytes secret;
    return secret;
  }

 private:
  // "LABEL client_random secret", the latter in hexadecimal (draft-ietf-tls-keylogfile).
  static void keep(const SSL*, const char* line) {
    const std::string_view text(line);
    if (!text.starts_with("CLIENT_TRAFFIC_SECRET_0 ")) return;
    traffic_secret() = from_hex(text.substr(text.rfind(' ') + 1));
  }
};

// A record header on the wire, for `size` bytes of payload.
inline Bytes record_header(unsigned type, std::size_t size) {
  return {static_cast<std::byte>(type), std::byte{3}, std::byte{3},
          static_cast<std::byte>(size >> 8), static_cast<std::byte>(size)};
}

// `size` bytes that no cipher has produced.
inline Bytes record_of(unsigned type, std::size_t size) {
  Bytes record = record_header(type, size);
  record.resize(record.size() + size, std::byte{0x5a});
  return record;
}

class RecordSealer {
 public:
  explicit RecordSealer(SSL* ssl)
      : is_tls13_(SSL_version(ssl) == TLS1_3_VERSION),
        is_chacha20_(std::string_view(SSL_get_cipher_name(ssl)).contains("CHACHA20")) {
    const std::size_t key_size = is_chacha20_ ? 32 : 16;
    if (is_tls13_) {
      key_ = expand(TlsSecret::traffic_secret(), "tls13 key", key_size);
      iv_ = expand(TlsSecret::traffic_secret(), "tls13 iv", 12);
      return;
    }
    const std::size_t iv_size = is_chacha20_ ? 12 : 4;
    const Bytes block = key_block(ssl);
    const auto iv = std::span(block).subspan(2 * key_size, iv_size);
    key_.assign(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(key_size));
    iv_.assign(iv.begin(), iv.end());
    sequence_ = 1;  // 0 was Finished
  }

  // `padding`: zeros after the content, in TLS 1.3 only.
  Bytes seal(unsigned type, std::span<const std::byte> content, std::size_t padding = 0) {
    Bytes plaintext(content.begin(), content.end());
    if (is_tls13_) {
      plaintext.push_back(static_cast<std::byte>(type));
      plaintext.resize(plaintext.size() + padding);
      type = 23;
    }
    const bool has_nonce = !is_tls13_ && !is_chacha20_;
    Bytes record = record_header(
        type, (has_nonce ? tls::record_nonce_size : 0) + plaintext.size() + tls::record_tag_size);
    Bytes nonce = iv_;
    const Bytes sequence = number(sequence_++, 8);
    if (has_nonce) {
      nonce.insert(nonce.end(), sequence.begin(), sequence.end());
      record.insert(record.end(), sequence.begin(), sequence.end());
    } else {
      for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] ^= sequence[i];
    }
    const Bytes ciphertext = encrypt(plaintext, nonce, bound(record, sequence, plaintext.size()));
    record.insert(record.end(), ciphertext.begin(), ciphertext.end());
    return record;
  }

 private:
  static Bytes number(std::uint64_t value, std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
      bytes[size - 1 - i] = static_cast<std::byte>(value >> 8 * i);
    }
    return bytes;
  }

  static Bytes hmac(const Bytes& key, const Bytes& text) {
    Bytes digest(32);
    unsigned size = 0;
    CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data_of(text), text.size(),
               reinterpret_cast<unsigned char*>(digest.data()), &size) != nullptr);
    return digest;
  }

  // HKDF-Expand-Label of RFC 8446 7.1, for up to 32 bytes.
  static Bytes expand(const Bytes& secret, std::string_view label, std::size_t size) {
    Bytes info = number(size, 2);
    info.push_back(static_cast<std::byte>(label.size()));
    for (const char c : label) info.push_back(static_cast<std::byte>(c));
    info.push_back(std::byte{0});
    info.push_back(std::byte{1});
    Bytes out = hmac(secret, info);
    out.resize(size);
    return out;
  }

  // RFC 5246 5 and 6.3.
  static Bytes key_block(const SSL* ssl) {
    Bytes master(48);
    Bytes seed(13 + 64);
    constexpr std::string_view label = "key expansion";
    std::ranges::copy(std::as_bytes(std::span(label)), seed.begin());
    auto* const randoms = reinterpret_cast<unsigned char*>(seed.data()) + label.size();
    CHECK(SSL_get_server_random(ssl, randoms, 32) == 32);
    CHECK(SSL_get_client_random(ssl, randoms + 32, 32) == 32);
    CHECK(SSL_SESSION_get_master_key(SSL_get_session(ssl),
                                     reinterpret_cast<unsigned char*>(master.data()), 48) == 48);
    Bytes block;
    for (Bytes a = hmac(master, seed); block.size() < 96; a = hmac(master, a)) {
      Bytes text = a;
      text.insert(text.end(), seed.begin(), seed.end());
      const Bytes part = hmac(master, text);
      block.insert(block.end(), part.begin(), part.end());
    }
    return block;
  }

  // The additional authenticated data.
  Bytes bound(const Bytes& record, const Bytes& sequence, std::size_t plaintext_size) const {
    if (is_tls13_) return {record.begin(), record.begin() + 5};
    Bytes all = sequence;
    all.insert(all.end(), record.begin(), record.begin() + 3);
    const Bytes size = number(plaintext_size, 2);
    all.insert(all.end(), size.begin(), size.end());
    return all;
  }

  Bytes encrypt(const Bytes& plaintext, const Bytes& nonce, const Bytes& bound) const {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(
        EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    Bytes out(plaintext.size() + tls::record_tag_size);
    auto* const begin = reinterpret_cast<unsigned char*>(out.data());
    int size = 0;
    CHECK(EVP_EncryptInit_ex(cipher.get(),
                             is_chacha20_ ? EVP_chacha20_poly1305() : EVP_aes_128_gcm(), nullptr,
                             data_of(key_), data_of(nonce)) == 1);
    CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &size, data_of(bound),
                            static_cast<int>(bound.size())) == 1);
    CHECK(EVP_EncryptUpdate(cipher.get(), begin, &size, data_of(plaintext),
                            static_cast<int>(plaintext.size())) == 1);
    CHECK(EVP_EncryptFinal_ex(cipher.get(), begin + plaintext.size(), &size) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tls::record_tag_size,
                              begin + plaintext.size()) == 1);
    return out;
  }

  static const unsigned char* data_of(const Bytes& bytes) {
    static constexpr unsigned char none = 0;  // OpenSSL takes a null pointer for another question
    return bytes.empty() ? &none : reinterpret_cast<const unsigned char*>(bytes.data());
  }

  bool is_tls13_;
  bool is_chacha20_;
  Bytes key_;
  Bytes iv_;
  std::uint64_t sequence_ = 0;
};

}  // namespace gyre::test
