// Whether the records of a client are such as TLS 1.2 or 1.3 allow where they come: their type, and
// a length that the cipher can have made. Between the bytes of a connection and the TLS library,
// which has read behind records that were too short (CVE-2024-0901). It sees five bytes of each
// record and decrypts nothing: whether the bytes in it are good is the library's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/tls/client_hello.hpp"

namespace gyre::tls {

// Of AEAD ciphers: what stands beside the plaintext in a record.
inline constexpr std::size_t record_tag_size = 16;
inline constexpr std::size_t record_nonce_size = 8;  // of AES-GCM in TLS 1.2 (RFC 5288 3)

// The payload of a protected record at most: RFC 8446 5.2, RFC 5246 6.2.3.
inline constexpr std::size_t record_payload_max_tls13 = record_payload_max + 256;
inline constexpr std::size_t record_payload_max_tls12 = record_payload_max + 2048;

// What a client may say in a handshake before anything is encrypted: hellos have 200 to 2,500
// bytes, and come twice at most. The library takes longer over a key share the more there are.
inline constexpr std::size_t plain_handshake_max = record_payload_max;

enum class RecordFault : std::uint8_t {
  none,
  unknown_type,
  too_short,
  too_long,
  not_encrypted,    // where everything must be
  unexpected_data,  // of the application, before there are keys (0-RTT is never offered)
};

std::string_view text_of(RecordFault fault);

class RecordGuard {
 public:
  // As the server has chosen it (RFC 8446 B.4, RFC 5289, RFC 7905), 0 before. To be told before
  // each take() and server_sends() of a handshake.
  void set_cipher_suite(int suite) { cipher_suite_ = suite; }

  // Whole records of the server, in a handshake: in TLS 1.3, the first one that is encrypted is
  // after the keys of both sides have been made.
  void server_sends(std::span<const std::byte> records);

  // The next bytes of the client. Once there is a fault it stays, and nothing more is looked at.
  RecordFault take(std::span<const std::byte> bytes);

  RecordFault fault() const { return fault_; }

  // Of the record that is under way: bytes of its payload that were taken.
  std::size_t unfinished_size() const { return payload_size_ - payload_rest_; }

 private:
  bool is_tls13() const { return cipher_suite_ >> 8 == 0x13; }
  void begin_record();
  RecordFault fault_of(std::uint8_t type, std::size_t size) const;
  RecordFault fault_of_plain(std::uint8_t type, std::size_t size) const;
  RecordFault fault_of_tls13(std::uint8_t type, std::size_t size) const;
  RecordFault fault_of_tls12(std::uint8_t type, std::size_t size) const;

  int cipher_suite_ = 0;
  std::uint16_t payload_size_ = 0;
  std::uint16_t payload_rest_ = 0;
  std::uint16_t plain_handshake_size_ = 0;  // of all records so far
  std::array<std::byte, record_header_size> header_{};
  std::uint8_t header_size_ = 0;
  bool is_protected_ = false;  // the next record of the client is encrypted
  RecordFault fault_ = RecordFault::none;
};

}  // namespace gyre::tls
