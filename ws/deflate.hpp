// permessage-deflate without context takeover (RFC 7692): payloads of messages, compressed and
// back. Between messages and zlib, which only this room includes. Nothing is kept from message to
// message, so that one Inflater and one Deflater serve all connections of a thread, and an idle
// connection needs neither; no message allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "ws/limits.hpp"

struct z_stream_s;

namespace gyre::ws {

enum class InflateError : std::uint8_t {
  invalid,  // Close 1007
  too_big,  // Close 1009
};

class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Inflates a whole payload to the front of `out`, of any window size. What does not fit the size
  // of `out` less message_padding, which stays free behind it, is too big.
  std::expected<std::span<std::byte>, InflateError> inflate(std::span<const std::byte> payload,
                                                            std::span<std::byte> out);

 private:
  std::unique_ptr<z_stream_s> stream_;
};

class Deflater {
 public:
  Deflater();
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Deflates a message, given in parts, to the front of `out`; returns the size of the payload.
  // Nothing if that is not smaller than the message, or does not fit: then it is sent as it is.
  // `window_bits` is what was agreed (DeflateParameters).
  std::optional<std::size_t> deflate(std::span<const std::string_view> parts,
                                     std::uint8_t window_bits, std::span<std::byte> out);

 private:
  z_stream_s& stream_of(std::uint8_t window_bits);

  // Made when the first connection needs it.
  std::array<std::unique_ptr<z_stream_s>, window_bits_max + 1 - window_bits_min> streams_;
};

}  // namespace gyre::ws
