// The codec of WebSocket frames (RFC 6455 section 5): headers, masking, and Close frames. Pure
// functions over spans. Of extensions it knows only the bit that RFC 7692 uses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ws/limits.hpp"

namespace gyre::ws {

// RFC 6455 section 5.2; the others are reserved.
enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

constexpr bool is_control(Opcode opcode) {
  return opcode >= Opcode::close;
}

// RFC 6455 section 7.4.1 and the IANA registry. Clients may also send 3000 to 4999.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported = 1003,
  no_status = 1005,  // a Close frame without a code; never sent
  invalid_payload = 1007,
  policy = 1008,
  too_big = 1009,
  internal = 1011,
  try_again_later = 1013,
};

// Whether an endpoint may send the code.
bool is_valid_close_code(std::uint16_t code);

using Mask = std::array<std::byte, 4>;

struct FrameHeader {
  bool fin = true;          // last frame of the message
  bool compressed = false;  // RSV1: the message is deflated (RFC 7692 section 6)
  Opcode opcode = Opcode::text;
  std::uint64_t payload_size = 0;
  std::optional<Mask> mask = {};  // in frames of clients
};

// Returns the size, 2 to frame_header_size_max bytes. REQUIRES: it fits `out`.
std::size_t write_frame_header(const FrameHeader& header, std::span<std::byte> out);

// The size that write_frame_header() will return.
std::size_t frame_header_size(const FrameHeader& header);

// Parses the header at the start of `input` into `header` and returns its size; 0 if `input` ends
// within it; nullopt if it is invalid, which is always a protocol error: reserved bits and opcodes;
// control frames that are fragmented, compressed or longer than 125 bytes; sizes of 2^63 or more;
// sizes that are not in their shortest form. Each error is found at its byte, however the input is
// split. `header` is valid only if its size is returned.
std::optional<std::size_t> parse_frame_header(std::span<const std::byte> input,
                                              FrameHeader& header);

// Masks or unmasks `from` into the front of `to`, which may be the same memory, but must not
// overlap otherwise. `offset` is the position of `from` in the payload.
// REQUIRES: to.size() >= from.size().
void apply_mask(std::span<std::byte> to, std::span<const std::byte> from, Mask mask,
                std::size_t offset = 0);

inline constexpr std::size_t close_reason_size_max = control_payload_size_max - 2;
inline constexpr std::size_t close_frame_size_max = 2 + control_payload_size_max;

// Writes a whole, unmasked Close frame and returns its size. The reason is ASCII, and truncated to
// close_reason_size_max. With `no_status` the frame has no payload.
// REQUIRES: `out` has close_frame_size_max bytes.
std::size_t write_close_frame(CloseCode code, std::string_view reason, std::span<std::byte> out);

}  // namespace gyre::ws
