#include "common/tls/record_guard.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"

namespace gyre::tls {
namespace {

constexpr std::uint8_t change_cipher_spec = 20;
constexpr std::uint8_t alert = 21;
constexpr std::uint8_t handshake = 22;
constexpr std::uint8_t application_data = 23;

constexpr std::size_t change_cipher_spec_size = 1;
constexpr std::size_t alert_size = 2;

RecordFault outside(std::size_t size, std::size_t size_min, std::size_t size_max) {
  if (size < size_min) return RecordFault::too_short;
  return size > size_max ? RecordFault::too_long : RecordFault::none;
}

}  // namespace

std::string_view to_string(RecordFault fault) {
  switch (fault) {
    case RecordFault::none:
      return "";
    case RecordFault::unknown_type:
      return "a record of an unknown type";
    case RecordFault::too_short:
      return "a record that is too short for its type and cipher";
    case RecordFault::too_long:
      return "a record that is too long for its type and cipher";
    case RecordFault::not_encrypted:
      return "a record in plaintext after the keys were agreed on";
    case RecordFault::unexpected_data:
      return "a record of application data before the keys were agreed on";
  }
  return "";
}

void RecordGuard::observe_server(std::span<const std::byte> records) {
  if (is_protected_ || !is_tls13()) return;
  ByteReader reader(records);
  while (reader.remaining() >= record_header_size) {
    is_protected_ |= reader.read<std::uint8_t>() == application_data;
    reader.skip(2);  // legacy_record_version
    const auto size = reader.read<std::uint16_t>();
    reader.skip(std::min<std::size_t>(size, reader.remaining()));
  }
}

RecordFault RecordGuard::take(std::span<const std::byte> bytes) {
  while (!bytes.empty() && fault_ == RecordFault::none) {
    if (payload_rest_ > 0) {
      DCHECK(payload_rest_ <= payload_size_ && header_size_ == 0);
      const std::size_t size = std::min<std::size_t>(payload_rest_, bytes.size());
      payload_rest_ = static_cast<std::uint16_t>(payload_rest_ - size);
      bytes = bytes.subspan(size);
      continue;
    }
    DCHECK(header_size_ < record_header_size);
    header_[header_size_++] = bytes.front();
    bytes = bytes.subspan(1);
    if (header_size_ == record_header_size) begin_record();
  }
  return fault_;
}

void RecordGuard::begin_record() {
  DCHECK(header_size_ == record_header_size && payload_rest_ == 0);
  ByteReader reader(header_);
  const auto type = reader.read<std::uint8_t>();
  reader.skip(2);  // legacy_record_version, which the library checks
  payload_size_ = reader.read<std::uint16_t>();
  payload_rest_ = payload_size_;
  header_size_ = 0;
  fault_ = fault_of(type, payload_size_);
  if (!is_protected_ && type == handshake && fault_ == RecordFault::none) {
    DCHECK(plain_handshake_size_ + payload_size_ <= plain_handshake_max);
    plain_handshake_size_ = static_cast<std::uint16_t>(plain_handshake_size_ + payload_size_);
  }
  // In TLS 1.3 it is ignored, and may come anywhere in a handshake (RFC 8446 D.4).
  if (type == change_cipher_spec && !is_tls13()) is_protected_ = true;
}

RecordFault RecordGuard::fault_of(std::uint8_t type, std::size_t size) const {
  if (type < change_cipher_spec || type > application_data) return RecordFault::unknown_type;
  if (!is_protected_) return fault_of_plain(type, size);
  return is_tls13() ? fault_of_tls13(type, size) : fault_of_tls12(type, size);
}

// Handshake records are never empty (RFC 8446 5.1, RFC 5246 6.2.1), and no client splits an alert.
RecordFault RecordGuard::fault_of_plain(std::uint8_t type, std::size_t size) const {
  switch (type) {
    case change_cipher_spec:
      return outside(size, change_cipher_spec_size, change_cipher_spec_size);
    case alert:
      return outside(size, alert_size, alert_size);
    case handshake:
      return outside(size, 1, plain_handshake_max - plain_handshake_size_);
    default:
      return RecordFault::unexpected_data;
  }
}

// RFC 8446 5.2: every record looks like application data; the real type is one encrypted byte. The
// plaintext may be empty.
RecordFault RecordGuard::fault_of_tls13(std::uint8_t type, std::size_t size) const {
  switch (type) {
    case change_cipher_spec:
      return outside(size, change_cipher_spec_size, change_cipher_spec_size);
    case application_data:
      return outside(size, 1 + record_tag_size, record_payload_max_tls13);
    default:
      return RecordFault::not_encrypted;
  }
}

// RFC 5246 6.2.1: only application data may be empty.
RecordFault RecordGuard::fault_of_tls12(std::uint8_t type, std::size_t size) const {
  const bool is_chacha20 = cipher_suite_ >> 8 == 0xcc;  // RFC 7905: its nonce is not sent
  const std::size_t beside = record_tag_size + (is_chacha20 ? 0 : record_nonce_size);
  return outside(size, beside + (type == application_data ? 0 : 1), record_payload_max_tls12);
}

}  // namespace gyre::tls
