// Strings of JSON (RFC 8259 section 7) as they stand in a message: whether their escapes are right,
// and twenty bytes to a string of latin-1 code points and back. Pure functions over text, without
// simdjson, which has found where strings begin and end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/base/types.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

// What `inner` is, everywhere here: a string without its quotes, in valid UTF-8, with no control
// characters and no quote but after a backslash.

// Whether each escape is one of JSON, and each surrogate has its other half.
bool has_valid_escapes(std::string_view inner);

// Writes the code points, exactly twenty, each at most U+00FF. False if that is not what it holds.
bool decode_id(std::string_view inner, std::span<std::byte, 20> out);

// 20 bytes as a JSON string of latin-1 code points, as JSON.stringify writes it.
class IdJson {
 public:
  explicit IdJson(std::span<const std::byte, 20> id);
  explicit IdJson(const InfoHash& info_hash) : IdJson(info_hash.bytes) {}
  explicit IdJson(const PeerId& peer_id) : IdJson(peer_id.bytes) {}

  std::string_view text() const { return {text_.data(), size_}; }  // quotes included

 private:
  // Each byte is written as eight, of which the next one's overwrite what is too much.
  static constexpr std::size_t slack = 8;
  std::array<char, id_json_size_max + slack> text_;
  std::uint8_t size_ = 0;
};

}  // namespace gyre::ws
