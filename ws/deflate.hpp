// Compression of message payloads: permessage-deflate without context takeover (RFC 7692), by zlib.
// No state survives a message, so one Inflater and one Deflater serve all connections of a thread.
// Messages do not allocate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "ws/frame.hpp"
#include "ws/limits.hpp"

struct z_stream_s;

namespace gyre::ws {

class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Inflates a whole payload, of any window size, to the front of `out`. The error is the code to
  // close with: invalid_payload, or too_big for what exceeds out.size() - message_padding. The
  // padding stays free after the message.
  // REQUIRES: out.size() > message_padding.
  std::expected<std::span<std::byte>, CloseCode> inflate(std::span<const std::byte> payload,
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

  // Deflates a message, given in parts, to the front of `out` and returns the size. nullopt if it
  // would not be smaller, or does not fit: then it is sent uncompressed. `window_bits` is the
  // negotiated size (Upgrade::deflate_window_bits).
  std::optional<std::size_t> deflate(std::span<const std::string_view> parts,
                                     std::uint8_t window_bits, std::span<std::byte> out);

 private:
  z_stream_s& stream_of(std::uint8_t window_bits);

  // Created when the first connection needs it.
  std::array<std::unique_ptr<z_stream_s>, window_bits_max + 1 - window_bits_min> streams_;
};

}  // namespace gyre::ws
