// JSON strings (RFC 8259 section 7) as they are in a message: validation of escapes, and conversion
// of 20 bytes to and from a string of latin-1 code points. Pure functions; simdjson has found where
// strings begin and end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/base/types.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

// `inner` is always a string without its quotes: valid UTF-8 without control characters, and with
// quotes only after backslashes.

// Whether every escape is valid, and every surrogate has its other half.
bool has_valid_escapes(std::string_view inner);

// Decodes exactly 20 code points up to U+00FF; false if `inner` is anything else.
bool decode_id(std::string_view inner, std::span<std::byte, 20> out);

// 20 bytes as a JSON string of latin-1 code points, as JSON.stringify writes it.
class IdJson {
 public:
  explicit IdJson(std::span<const std::byte, 20> id);
  explicit IdJson(const InfoHash& info_hash) : IdJson(info_hash.bytes) {}
  explicit IdJson(const PeerId& peer_id) : IdJson(peer_id.bytes) {}

  std::string_view text() const { return {text_.data(), size_}; }  // quotes included

 private:
  // Each byte is written as 8 bytes, whose excess the next ones overwrite.
  static constexpr std::size_t slack = 8;
  std::array<char, id_json_size_max + slack> text_;
  std::uint8_t size_ = 0;
};

}  // namespace gyre::ws
