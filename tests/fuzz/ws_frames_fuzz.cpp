// The first byte is the role and how the rest, a stream of frames, is split. The events of a
// MessageReader equal those of a simple reader that gets the whole stream at once.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "ws/message_reader.hpp"

namespace {

using namespace gyre;
using namespace gyre::ws;
using Event = MessageReader::Event;

constexpr std::size_t message_size_max = 2000;

struct Seen {
  Event event = Event::none;
  bool binary = false;
  bool compressed = false;
  CloseCode code = CloseCode::normal;
  std::string payload = {};
  bool operator==(const Seen&) const = default;
};

// A literal implementation of RFC 6455 section 5, over all of the input at once.
class SimpleReader {
 public:
  SimpleReader(std::string_view rest, bool masked, bool compression)
      : rest_(rest), masked_(masked), compression_(compression) {}

  std::vector<Seen> read() {
    while (!ended_ && read_frame()) {
    }
    return std::move(seen_);
  }

 private:
  unsigned byte(std::size_t at) const { return static_cast<unsigned char>(rest_[at]); }

  bool fail(CloseCode code) {
    seen_.push_back({.event = Event::invalid, .code = code});
    ended_ = true;
    return false;
  }

  bool read_frame() {
    if (rest_.empty()) return false;
    const bool fin = (byte(0) & 0x80) != 0;
    const bool rsv1 = (byte(0) & 0x40) != 0;
    const unsigned opcode = byte(0) & 0x0f;
    const bool control = opcode >= 8;
    if ((byte(0) & 0x30) != 0) return fail(CloseCode::protocol_error);
    if ((opcode > 2 && opcode < 8) || opcode > 10) return fail(CloseCode::protocol_error);
    if (control && (!fin || rsv1)) return fail(CloseCode::protocol_error);
    if (opcode == 0 && rsv1) return fail(CloseCode::protocol_error);

    if (rest_.size() < 2) return false;
    std::uint64_t size = byte(1) & 0x7f;
    if (control && size > 125) return fail(CloseCode::protocol_error);
    const std::size_t size_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    std::size_t head = 2 + size_bytes;
    if (rest_.size() < head) return false;
    if (size_bytes > 0) {
      size = 0;
      for (std::size_t i = 0; i < size_bytes; ++i) size = size << 8 | byte(2 + i);
      if (size < (size_bytes == 2 ? 126U : 65536U)) return fail(CloseCode::protocol_error);
      if (size >> 63 != 0) return fail(CloseCode::protocol_error);
    }
    const bool masked = (byte(1) & 0x80) != 0;
    std::string_view mask("\0\0\0\0", 4);
    if (masked) {
      if (rest_.size() < head + 4) return false;
      mask = rest_.substr(head, 4);
      head += 4;
    }
    if (masked != masked_) return fail(CloseCode::protocol_error);
    if (!control) {
      if ((opcode == 0) != in_message_) return fail(CloseCode::protocol_error);
      if (rsv1 && !compression_) return fail(CloseCode::protocol_error);
      if (size > message_size_max - payload_.size()) return fail(CloseCode::too_big);
    }
    if (rest_.size() - head < size) return false;
    std::string payload(rest_.substr(head, size));
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
    rest_.remove_prefix(head + size);
    return control ? take_control(opcode, payload) : take_data(opcode, fin, rsv1, payload);
  }

  bool take_control(unsigned opcode, const std::string& payload) {
    if (opcode != 8) {
      seen_.push_back({.event = opcode == 9 ? Event::ping : Event::pong, .payload = payload});
      return true;
    }
    Seen close{.event = Event::close, .code = CloseCode::no_status};
    if (payload.size() == 1) return fail(CloseCode::protocol_error);
    if (payload.size() >= 2) {
      const auto code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                                   static_cast<unsigned char>(payload[1]));
      if (!is_valid_close_code(code)) return fail(CloseCode::protocol_error);
      close.code = CloseCode{code};
      close.payload = payload.substr(2);
      if (!is_utf8(std::as_bytes(std::span(close.payload)))) {
        return fail(CloseCode::invalid_payload);
      }
    }
    seen_.push_back(close);
    ended_ = true;
    return true;
  }

  bool take_data(unsigned opcode, bool fin, bool rsv1, const std::string& payload) {
    if (opcode != 0) {
      binary_ = opcode == 2;
      compressed_ = rsv1;
    }
    payload_ += payload;
    in_message_ = !fin;
    if (!fin) return true;
    seen_.push_back({.event = Event::message,
                     .binary = binary_,
                     .compressed = compressed_,
                     .payload = std::move(payload_)});
    payload_.clear();
    return true;
  }

  std::string_view rest_;
  bool masked_;
  bool compression_;
  std::string payload_;
  bool in_message_ = false;
  bool binary_ = false;
  bool compressed_ = false;
  bool ended_ = false;
  std::vector<Seen> seen_;
};

Seen seen_of(const MessageReader::Result& result) {
  Seen seen{.event = result.event};
  seen.payload.assign(reinterpret_cast<const char*>(result.payload.data()), result.payload.size());
  if (result.event == Event::message) {
    seen.binary = result.opcode == Opcode::binary;
    seen.compressed = result.compressed;
  }
  if (result.event == Event::close || result.event == Event::invalid) seen.code = result.code;
  return seen;
}

std::vector<Seen> read_in_pieces(std::string_view stream, bool masked, bool compression,
                                 unsigned cut) {
  constexpr std::size_t budget_size = std::size_t{1} << 20;
  auto reader =
      masked ? MessageReader::for_server(compression) : MessageReader::for_client(compression);
  InputBudget budget{budget_size};
  std::vector<std::byte> scratch(message_size_max + message_padding);
  std::vector<Seen> seen;
  std::size_t begin = 0;
  for (std::size_t end = 0; end < stream.size();) {
    // Pieces of 1 to 31 bytes, or all at once.
    cut = cut * 5 + 1;
    end = cut % 32 == 0 ? stream.size() : std::min(stream.size(), end + cut % 32);
    const auto piece = stream.substr(begin, end - begin);
    // A heap block of the exact size, so that the sanitizers see overreads.
    const std::vector<char> exact(piece.begin(), piece.end());
    const auto input = std::as_bytes(std::span(exact));
    std::size_t consumed = 0;
    while (true) {
      const auto result = reader.next(input.subspan(consumed), scratch, budget);
      consumed += result.consumed;
      CHECK(consumed <= input.size());
      if (result.event == Event::none) break;
      seen.push_back(seen_of(result));
    }
    CHECK(input.size() - consumed < frame_header_size_max + control_payload_size_max);
    begin += consumed;
  }
  reader.clear(budget);
  CHECK(budget.free_size == budget_size);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool masked = (data[0] & 1) != 0;
  const bool compression = (data[0] & 2) != 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto expected = SimpleReader(stream, masked, compression).read();
  CHECK(read_in_pieces(stream, masked, compression, data[0] / 4U) == expected);
  CHECK(read_in_pieces(stream, masked, compression, 31) == expected);  // all at once
  return 0;
}
