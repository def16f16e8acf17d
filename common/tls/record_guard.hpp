// Checks that a client's records are possible in TLS 1.2 or 1.3 at the point where they come: their
// type, and a length that the cipher can produce. It protects the TLS library, which has read past
// the end of records that were too short (CVE-2024-0901). It reads the five header bytes of each
// record and decrypts nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/tls/client_hello.hpp"

namespace gyre::tls {

// Overhead of AEAD ciphers in a record.
inline constexpr std::size_t record_tag_size = 16;
inline constexpr std::size_t record_nonce_size = 8;  // of AES-GCM in TLS 1.2 (RFC 5288 3)

// Upper bounds of a protected record's payload: RFC 8446 5.2, RFC 5246 6.2.3.
inline constexpr std::size_t record_payload_max_tls13 = record_payload_max + 256;
inline constexpr std::size_t record_payload_max_tls12 = record_payload_max + 2048;

// Bytes that a client may send in a handshake before encryption begins. A hello has 200 to 2,500,
// and comes at most twice. The library's work on key shares grows with their number.
inline constexpr std::size_t plain_handshake_max = record_payload_max;

enum class RecordFault : std::uint8_t {
  none,
  unknown_type,
  too_short,
  too_long,
  not_encrypted,    // where everything must be
  unexpected_data,  // of the application, before there are keys (0-RTT is never offered)
};

std::string_view to_string(RecordFault fault);

class RecordGuard {
 public:
  // The cipher suite that the server has chosen (RFC 8446 B.4, RFC 5289, RFC 7905), 0 before. To be
  // set before each take() and observe_server() of a handshake.
  void set_cipher_suite(int suite) { cipher_suite_ = suite; }

  // To be called with whole records of the server during a handshake: in TLS 1.3 its first
  // encrypted record means that both sides have keys.
  void observe_server(std::span<const std::byte> records);

  // Checks the client's next bytes. After a fault nothing more is looked at.
  RecordFault take(std::span<const std::byte> bytes);

  RecordFault fault() const { return fault_; }

  // Bytes taken of the current record's payload.
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
