#include "ws/message_reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"

namespace gyre::ws {

namespace {

// Takes `size` bytes off the front of `rest`.
std::span<const std::byte> take(std::span<const std::byte>& rest, std::size_t size) {
  DCHECK(size <= rest.size());
  const auto taken = rest.first(size);
  rest = rest.subspan(size);
  return taken;
}

}  // namespace

MessageReader::Result MessageReader::next(std::span<const std::byte> input,
                                          std::span<std::byte> scratch, InputBudget& budget) {
  CHECK(scratch.size() >= control_payload_size_max + message_padding);
  CHECK(scratch.size() <= message_size_limit + message_padding);
  if (ended_) return {.consumed = input.size()};
  auto rest = input;
  Result result = read(rest, scratch, budget);
  if (ended_) {
    rest = {};
    stored_.clear(budget);
    frame_left_ = 0;
    in_message_ = false;
  }
  result.consumed = input.size() - rest.size();
  return result;
}

// Frames up to the next event; takes them off `rest`.
MessageReader::Result MessageReader::read(std::span<const std::byte>& rest,
                                          std::span<std::byte> scratch, InputBudget& budget) {
  while (true) {
    if (frame_left_ > 0) {
      const auto piece = take(rest, std::min<std::size_t>(frame_left_, rest.size()));
      const bool ends_frame = piece.size() == frame_left_;
      if (ends_frame && fin_) return finish_message(piece, scratch, budget);
      const Result result = store(piece, scratch, budget);
      if (!ends_frame || result.event != Event::none) return result;
    }
    FrameHeader header;
    const auto header_size = parse_frame_header(rest, header);
    if (!header_size) return fail(Event::invalid, CloseCode::protocol_error);
    if (*header_size == 0) return {};
    if (const auto fault = fault_of(header, scratch.size() - message_padding)) {
      return fail(Event::invalid, *fault);
    }
    if (is_control(header.opcode)) {
      if (rest.size() < *header_size + header.payload_size) return {};
      take(rest, *header_size);
      return take_control(header, take(rest, header.payload_size), scratch);
    }
    take(rest, *header_size);
    begin_frame(header);
    if (frame_left_ == 0 && fin_) return finish_message({}, scratch, budget);
  }
}

// Checks a frame in its context (RFC 6455 sections 5.1 and 5.4, RFC 7692 section 6).
std::optional<CloseCode> MessageReader::fault_of(const FrameHeader& header,
                                                 std::size_t payload_size_max) const {
  if (header.mask.has_value() != masked_) return CloseCode::protocol_error;
  if (is_control(header.opcode)) return std::nullopt;
  if ((header.opcode == Opcode::continuation) != in_message_) return CloseCode::protocol_error;
  if (header.compressed && !compression_) return CloseCode::protocol_error;
  if (header.payload_size > payload_size_max - stored_.size()) return CloseCode::too_big;
  return std::nullopt;
}

void MessageReader::begin_frame(const FrameHeader& header) {
  DCHECK(frame_left_ == 0 && !is_control(header.opcode));
  if (!in_message_) {
    is_binary_ = header.opcode == Opcode::binary;
    is_compressed_ = header.compressed;
  }
  in_message_ = true;
  fin_ = header.fin;
  mask_ = header.mask.value_or(Mask{});
  set_frame_left(header.payload_size);
}

MessageReader::Result MessageReader::take_control(const FrameHeader& header,
                                                  std::span<const std::byte> masked,
                                                  std::span<std::byte> scratch) {
  DCHECK(masked.size() == header.payload_size);
  apply_mask(scratch, masked, header.mask.value_or(Mask{}));
  const auto payload = scratch.first(masked.size());
  if (header.opcode == Opcode::close) return take_close(payload);
  return {.event = header.opcode == Opcode::ping ? Event::ping : Event::pong,
          .payload = payload,
          .opcode = header.opcode};
}

// RFC 6455 section 5.5.1: empty, or a code and a reason in UTF-8.
MessageReader::Result MessageReader::take_close(std::span<std::byte> payload) {
  Result result{.event = Event::close, .opcode = Opcode::close, .code = CloseCode::no_status};
  if (!payload.empty()) {
    if (payload.size() < sizeof(CloseCode)) return fail(Event::invalid, CloseCode::protocol_error);
    const auto code = load_be<std::uint16_t>(payload.data());
    result.payload = payload.subspan(sizeof code);
    if (!is_valid_close_code(code)) return fail(Event::invalid, CloseCode::protocol_error);
    if (!is_utf8(result.payload)) return fail(Event::invalid, CloseCode::invalid_payload);
    result.code = CloseCode{code};
  }
  ended_ = true;
  return result;
}

// Unmasks a piece after which more of the message follows, and stores it.
MessageReader::Result MessageReader::store(std::span<const std::byte> piece,
                                           std::span<std::byte> scratch, InputBudget& budget) {
  DCHECK(in_message_ && piece.size() <= frame_left_);
  apply_mask(scratch, piece, mask_);
  if (!stored_.append(scratch.first(piece.size()), budget)) {
    return fail(Event::no_memory, CloseCode::try_again_later);
  }
  const auto shift = static_cast<std::ptrdiff_t>(piece.size() % mask_.size());
  std::ranges::rotate(mask_, mask_.begin() + shift);
  set_frame_left(frame_left_ - piece.size());
  return {};
}

// The last piece is never stored: it is unmasked right after the stored ones.
MessageReader::Result MessageReader::finish_message(std::span<const std::byte> last_piece,
                                                    std::span<std::byte> scratch,
                                                    InputBudget& budget) {
  const auto before = stored_.bytes();
  const std::size_t size = before.size() + last_piece.size();
  DCHECK(in_message_ && size <= scratch.size() - message_padding);
  std::ranges::copy(before, scratch.begin());
  apply_mask(scratch.subspan(before.size()), last_piece, mask_);
  stored_.clear(budget);
  frame_left_ = 0;
  in_message_ = false;
  return {.event = Event::message,
          .payload = scratch.first(size),
          .opcode = is_binary_ ? Opcode::binary : Opcode::text,
          .compressed = is_compressed_};
}

// The rest of the input is discarded.
MessageReader::Result MessageReader::fail(Event event, CloseCode code) {
  ended_ = true;
  return {.event = event, .code = code};
}

bool is_utf8(std::span<const std::byte> text) {
  return simdjson::validate_utf8(reinterpret_cast<const char*>(text.data()), text.size());
}

}  // namespace gyre::ws
