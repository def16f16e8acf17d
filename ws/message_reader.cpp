#include "ws/message_reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"

namespace gyre::ws {

// The arguments of next(), and how far it has come.
struct MessageReader::Progress {
  std::span<const std::byte> rest;
  std::span<std::byte> scratch;
  InputBudget& budget;
  std::size_t consumed = 0;

  std::size_t payload_size_max() const { return scratch.size() - message_padding; }
  std::span<const std::byte> take(std::size_t size) {
    DCHECK(size <= rest.size());
    const auto taken = rest.first(size);
    rest = rest.subspan(size);
    consumed += size;
    return taken;
  }
};

MessageReader::Result MessageReader::next(std::span<const std::byte> input,
                                          std::span<std::byte> scratch, InputBudget& budget) {
  CHECK(scratch.size() >= control_payload_size_max + message_padding);
  CHECK(scratch.size() <= message_size_limit + message_padding);
  Progress progress{input, scratch, budget};
  while (!ended_) {
    if (frame_left_ > 0) {
      if (auto result = take_payload(progress)) return *result;
      continue;
    }
    FrameHeader header;
    const FrameResult found = parse_frame_header(progress.rest, header);
    if (found.status == FrameStatus::invalid) {
      return fail(Event::invalid, CloseCode::protocol_error, progress);
    }
    if (found.status == FrameStatus::need_more) return {.consumed = progress.consumed};
    const auto fault = fault_of(header, progress.payload_size_max());
    if (fault) return fail(Event::invalid, *fault, progress);
    if (is_control(header.opcode)) {
      if (progress.rest.size() < found.consumed + header.payload_size) {
        return {.consumed = progress.consumed};
      }
      progress.take(found.consumed);
      return take_control(header, progress);
    }
    progress.take(found.consumed);
    begin_frame(header);
    if (frame_left_ == 0 && fin_) return finish_message({}, progress);
  }
  return {.consumed = input.size()};
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

MessageReader::Result MessageReader::take_control(const FrameHeader& header, Progress& progress) {
  const auto masked = progress.take(header.payload_size);
  apply_mask(progress.scratch, masked, header.mask.value_or(Mask{}));
  const auto payload = progress.scratch.first(masked.size());
  if (header.opcode == Opcode::close) return take_close(payload, progress);
  return {.event = header.opcode == Opcode::ping ? Event::ping : Event::pong,
          .consumed = progress.consumed,
          .payload = payload,
          .opcode = header.opcode};
}

// RFC 6455 section 5.5.1: empty, or a code and a reason in UTF-8.
MessageReader::Result MessageReader::take_close(std::span<std::byte> payload, Progress& progress) {
  Result result{.event = Event::close, .opcode = Opcode::close, .code = CloseCode::no_status};
  if (!payload.empty()) {
    if (payload.size() < sizeof(CloseCode)) {
      return fail(Event::invalid, CloseCode::protocol_error, progress);
    }
    const auto code = load_be<std::uint16_t>(payload.data());
    result.payload = payload.subspan(sizeof code);
    if (!is_valid_close_code(code)) {
      return fail(Event::invalid, CloseCode::protocol_error, progress);
    }
    if (!is_utf8(result.payload)) {
      return fail(Event::invalid, CloseCode::invalid_payload, progress);
    }
    result.code = CloseCode{code};
  }
  end(progress);
  result.consumed = progress.consumed;
  return result;
}

// nullopt if the next frame follows.
std::optional<MessageReader::Result> MessageReader::take_payload(Progress& progress) {
  DCHECK(in_message_ && frame_left_ > 0);
  const auto piece = progress.take(std::min<std::size_t>(frame_left_, progress.rest.size()));
  const bool ends_frame = piece.size() == frame_left_;
  if (ends_frame && fin_) return finish_message(piece, progress);
  apply_mask(progress.scratch, piece, mask_);
  if (!stored_.append(progress.scratch.first(piece.size()), progress.budget)) {
    return fail(Event::no_memory, CloseCode::try_again_later, progress);
  }
  const auto shift = static_cast<std::ptrdiff_t>(piece.size() % mask_.size());
  std::ranges::rotate(mask_, mask_.begin() + shift);
  set_frame_left(frame_left_ - piece.size());
  if (ends_frame) return std::nullopt;
  return Result{.consumed = progress.consumed};
}

// The last piece is never stored: it is unmasked right after the stored ones.
MessageReader::Result MessageReader::finish_message(std::span<const std::byte> last_piece,
                                                    Progress& progress) {
  const auto before = stored_.bytes();
  DCHECK(in_message_ && before.size() + last_piece.size() <= progress.payload_size_max());
  std::ranges::copy(before, progress.scratch.begin());
  apply_mask(progress.scratch.subspan(before.size()), last_piece, mask_);
  const auto payload = progress.scratch.first(before.size() + last_piece.size());
  stored_.clear(progress.budget);
  frame_left_ = 0;
  in_message_ = false;
  return {.event = Event::message,
          .consumed = progress.consumed,
          .payload = payload,
          .opcode = is_binary_ ? Opcode::binary : Opcode::text,
          .compressed = is_compressed_};
}

MessageReader::Result MessageReader::fail(Event event, CloseCode code, Progress& progress) {
  end(progress);
  return {.event = event, .consumed = progress.consumed, .code = code};
}

// Discards the rest of the input.
void MessageReader::end(Progress& progress) {
  progress.take(progress.rest.size());
  stored_.clear(progress.budget);
  frame_left_ = 0;
  in_message_ = false;
  ended_ = true;
}

bool is_utf8(std::span<const std::byte> text) {
  return simdjson::validate_utf8(reinterpret_cast<const char*>(text.data()), text.size());
}

}  // namespace gyre::ws
