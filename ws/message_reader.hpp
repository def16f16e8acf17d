// Reads the bytes of one connection, however they are split, as messages (RFC 6455 section 5):
// assembles fragments, yields control frames between them, and enforces the rules. It works for
// both roles: a server requires masked frames, a client forbids them. Inflating (deflate.hpp),
// checking that text is UTF-8 (is_utf8(), or JSON parsing) and responding are up to the caller.
//
// Usage:
//
//   std::size_t consumed = 0;
//   for (;;) {
//     const auto result = reader.next(input.subspan(consumed), scratch, budget);
//     consumed += result.consumed;
//     if (result.event == MessageReader::Event::none) break;
//     ...
//   }
//   // Unconsumed bytes are passed again, followed by new ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/check.hpp"
#include "common/base/stored_input.hpp"
#include "ws/frame.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

// A reader between messages takes its own 32 bytes and no more.
class MessageReader {
 public:
  enum class Event : std::uint8_t {
    none,     // the rest of the input is incomplete
    message,  // text or binary
    ping,     // to be answered by a pong with the same payload
    pong,
    close,      // to be answered by a Close with the same code; nothing more is read
    invalid,    // to be answered by a Close with `code`; nothing more is read
    no_memory,  // the budget is exhausted: to be treated like invalid
  };
  struct Result {
    Event event = Event::none;
    std::size_t consumed = 0;  // of the input
    // Unmasked, in `scratch`, followed by message_padding bytes; may be modified until the next
    // call. Of close: the reason.
    std::span<std::byte> payload = {};
    Opcode opcode = Opcode::text;  // of message: text or binary
    bool compressed = false;       // of message: the payload must be inflated
    // Of close: its code, or no_status. Of invalid and no_memory: the code to send.
    CloseCode code = CloseCode::normal;
  };

  // Of a server, without compression.
  MessageReader() : MessageReader(true, false) {}
  // A server's reader requires masked frames, a client's forbids them. `compression`:
  // permessage-deflate was negotiated, so RSV1 may be set.
  static MessageReader for_server(bool compression) { return MessageReader(true, compression); }
  static MessageReader for_client(bool compression) { return MessageReader(false, compression); }

  // The next event of `input`. With `none` it leaves at most frame_header_size_max +
  // control_payload_size_max bytes unconsumed: an incomplete header or control frame.
  //
  // All connections of a thread can share `scratch`. A message that is complete in `input` is
  // unmasked straight into it; only messages in pieces are stored, from `budget`. Messages larger
  // than scratch.size() - message_padding are too big.
  // REQUIRES: `scratch` has between control_payload_size_max and message_size_limit bytes, plus
  // message_padding.
  //
  // After close, invalid and no_memory all further input is discarded.
  Result next(std::span<const std::byte> input, std::span<std::byte> scratch, InputBudget& budget);

  // Whether a message is incomplete.
  bool has_partial_message() const { return in_message_ || frame_left_ > 0; }

  // Returns its bytes to the budget. REQUIRES: called before destruction.
  void clear(InputBudget& budget) { stored_.clear(budget); }

 private:
  MessageReader(bool masked, bool compression) : masked_(masked), compression_(compression) {}

  Result read(std::span<const std::byte>& rest, std::span<std::byte> scratch, InputBudget& budget);
  std::optional<CloseCode> fault_of(const FrameHeader& header, std::size_t payload_size_max) const;
  void begin_frame(const FrameHeader& header);
  void set_frame_left(std::size_t size) {
    DCHECK(size <= 0xffffff);
    frame_left_ = size & 0xffffff;
  }
  // The functions that return a Result leave `consumed` to next().
  Result take_control(const FrameHeader& header, std::span<const std::byte> masked,
                      std::span<std::byte> scratch);
  Result take_close(std::span<std::byte> payload);
  Result store(std::span<const std::byte> piece, std::span<std::byte> scratch, InputBudget& budget);
  Result finish_message(std::span<const std::byte> last_piece, std::span<std::byte> scratch,
                        InputBudget& budget);
  Result fail(Event event, CloseCode code);

  StoredInput stored_;                 // earlier pieces of the payload, unmasked
  Mask mask_{};                        // of the current frame, rotated to its next byte
  std::uint32_t frame_left_ : 24 = 0;  // bytes of the current frame's payload still to come
  bool masked_ : 1;
  bool compression_ : 1;
  bool in_message_ : 1 = false;  // a message has begun
  bool is_binary_ : 1 = false;   // the message
  bool is_compressed_ : 1 = false;
  bool fin_ : 1 = false;    // of the current frame
  bool ended_ : 1 = false;  // nothing more is read
};
static_assert(sizeof(MessageReader) <= 32);

// Whether text is valid UTF-8 (RFC 3629), as RFC 6455 section 8.1 requires.
bool is_utf8(std::span<const std::byte> text);

}  // namespace gyre::ws
