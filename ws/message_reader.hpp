// Turns the bytes of one connection, in whatever pieces they come, into messages (RFC 6455 section
// 5): puts fragments together, hands out control frames between them, and enforces the rules. For
// both roles: a server wants masked frames, a client forbids them. Between the bytes of a transport
// and whoever understands messages; it does not inflate (deflate.hpp), does not check text for
// UTF-8 (is_utf8(), which JSON parsing does along the way) and answers nothing.
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
//   // What was not consumed is given again, in front of what follows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/stored_input.hpp"
#include "ws/frame.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

struct MessageReaderOptions {
  bool masked = true;        // false: the client's end
  bool compression = false;  // permessage-deflate was agreed: RSV1 may be set
};

// A reader between messages holds no memory but its 32 bytes.
class MessageReader {
 public:
  enum class Event : std::uint8_t {
    none,     // the input has nothing more that is whole
    message,  // text or binary
    ping,     // to be answered by a pong of the same payload
    pong,
    close,      // to be answered by a Close with the same code, then nothing more is read
    invalid,    // to be answered by a Close with `code`, then nothing more is read
    no_memory,  // the budget is used up: this message cannot be kept. As invalid
  };
  struct Result {
    Event event = Event::none;
    std::size_t consumed = 0;  // of the input
    // Unmasked. It lies in `scratch`, with message_padding bytes behind it, and may be written to
    // until the next call. Of close: the reason.
    std::span<std::byte> payload = {};
    Opcode opcode = Opcode::text;  // of message: text or binary
    bool compressed = false;       // of message: the payload is to be inflated first
    // Of close: what it says, no_status if nothing. Of invalid and no_memory: what to say.
    CloseCode code = CloseCode::normal;
  };

  explicit MessageReader(MessageReaderOptions options = {})
      : masked_(options.masked), compression_(options.compression) {}

  // The next event of `input`. It leaves at most frame_header_size_max + control_payload_size_max
  // bytes unconsumed when it says none: a header or control frame that is not whole.
  //
  // `scratch` can be shared by all connections of a thread. Messages that do not fit its size less
  // message_padding are too big; it has at least control_payload_size_max + message_padding bytes,
  // at most message_size_limit. A message that is whole in `input` is unmasked straight into it;
  // only what comes in pieces is kept, from `budget`.
  //
  // After close, invalid and no_memory all further input is swallowed.
  Result next(std::span<const std::byte> input, std::span<std::byte> scratch, InputBudget& budget);

  // Whether a message has begun whose end is still to come.
  bool has_partial_message() const { return in_message_ || frame_left_ > 0; }

  // Before it goes, so that the budget gets its bytes back.
  void clear(InputBudget& budget) { stored_.clear(budget); }

 private:
  struct Progress;
  std::optional<CloseCode> fault_of(const FrameHeader& header, std::size_t payload_size_max) const;
  void begin_frame(const FrameHeader& header);
  void set_frame_left(std::size_t size) { frame_left_ = size & 0xffffff; }
  Result take_control(const FrameHeader& header, Progress& progress);
  Result take_close(std::span<std::byte> payload, Progress& progress);
  std::optional<Result> take_payload(Progress& progress);
  Result finish_message(std::span<const std::byte> last_piece, Progress& progress);
  Result fail(Event event, CloseCode code, Progress& progress);
  void end(Progress& progress);

  StoredInput stored_;                 // payload of the message in pieces, unmasked
  Mask mask_{};                        // of the current frame, from its next byte on
  std::uint32_t frame_left_ : 24 = 0;  // payload of the current frame that is still to come
  bool masked_ : 1;
  bool compression_ : 1;
  bool in_message_ : 1 = false;  // of several frames
  bool is_binary_ : 1 = false;   // the message
  bool is_compressed_ : 1 = false;
  bool fin_ : 1 = false;    // the current frame
  bool ended_ : 1 = false;  // nothing more is read
};
static_assert(sizeof(MessageReader) <= 32);

// Whether text is valid UTF-8 (RFC 3629), as RFC 6455 section 8.1 wants it.
bool is_utf8(std::span<const std::byte> text);

}  // namespace gyre::ws
