// WebSocket frames for tests, written without the code under test, and the events that a
// MessageReader makes of them, however they are split.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.hpp"
#include "tests/support/bytes.hpp"
#include "ws/message_reader.hpp"

namespace gyre::ws::test {

using gyre::test::Bytes;

inline constexpr Mask some_mask{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

inline constexpr unsigned fin = 0x80;
inline constexpr unsigned rsv1 = 0x40;
inline constexpr unsigned rsv2 = 0x20;
inline constexpr unsigned rsv3 = 0x10;

// `first` is the first byte: flags and opcode.
inline std::string raw_frame(unsigned first, std::string_view payload,
                             std::optional<Mask> mask = some_mask) {
  const unsigned mask_bit = mask ? 0x80U : 0U;
  std::string frame{static_cast<char>(first)};
  const auto append_size = [&](int bytes) {
    for (int i = bytes - 1; i >= 0; --i) {
      frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
    }
  };
  if (payload.size() < 126) {
    frame += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(mask_bit | 126U);
    append_size(2);
  } else {
    frame += static_cast<char>(mask_bit | 127U);
    append_size(8);
  }
  if (!mask) return frame.append(payload);
  for (const std::byte byte : *mask) frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ static_cast<char>((*mask)[i % 4]));
  }
  return frame;
}

inline std::string text(std::string_view payload) {
  return raw_frame(fin | 1, payload);
}
inline std::string binary(std::string_view payload) {
  return raw_frame(fin | 2, payload);
}
inline std::string ping(std::string_view payload) {
  return raw_frame(fin | 9, payload);
}
inline std::string pong(std::string_view payload) {
  return raw_frame(fin | 10, payload);
}
// Fragments: the first, a middle one, the last.
inline std::string first(std::string_view payload) {
  return raw_frame(1, payload);
}
inline std::string middle(std::string_view payload) {
  return raw_frame(0, payload);
}
inline std::string last(std::string_view payload) {
  return raw_frame(fin, payload);
}
inline std::string close_with(std::string_view payload) {
  return raw_frame(fin | 8, payload);
}
inline std::string close(unsigned code, std::string_view reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return close_with(payload.append(reason));
}

// An event as one line: "text:hello", "deflated text:...", "ping:x", "close 1000:bye", "invalid
// 1002".
inline std::string to_line(const MessageReader::Result& result) {
  using Event = MessageReader::Event;
  const std::string code = std::to_string(static_cast<int>(result.code));
  const std::string payload(reinterpret_cast<const char*>(result.payload.data()),
                            result.payload.size());
  switch (result.event) {
    case Event::none:
      return "none";
    case Event::message: {
      const std::string kind = result.opcode == Opcode::text ? "text:" : "binary:";
      if (result.compressed) return "deflated " + kind + payload;
      if (result.opcode == Opcode::text && !is_utf8(result.payload)) return "not UTF-8";
      return kind + payload;
    }
    case Event::ping:
      return "ping:" + payload;
    case Event::pong:
      return "pong:" + payload;
    case Event::close:
      return "close " + code + ":" + payload;
    case Event::invalid:
      return "invalid " + code;
    case Event::no_memory:
      return "no memory";
  }
  return "unknown";
}

struct ReaderSetup {
  bool masked = true;
  bool compression = false;
  std::size_t message_size_max = std::size_t{1} << 17;
  std::size_t budget = std::size_t{1} << 20;
};

// Passes input to the reader, preceded by the bytes it left unconsumed, as a connection does.
class Feeder {
 public:
  explicit Feeder(const ReaderSetup& setup)
      : reader_(setup.masked ? MessageReader::for_server(setup.compression)
                             : MessageReader::for_client(setup.compression)),
        budget_{setup.budget},
        full_budget_(setup.budget),
        scratch_(setup.message_size_max + message_padding) {}

  void feed(std::string_view piece) {
    left_.append(piece);
    const gyre::test::ExactCopy input(std::as_bytes(std::span(left_)));
    std::size_t consumed = 0;
    while (true) {
      const auto result = reader_.next(input.span().subspan(consumed), scratch_, budget_);
      consumed += result.consumed;
      if (result.event == MessageReader::Event::none) break;
      lines.push_back(to_line(result));
    }
    left_.erase(0, consumed);
    CHECK(left_.size() < frame_header_size_max + control_payload_size_max);
  }

  // Whether it stores neither bytes nor memory.
  bool is_at_rest() const {
    return left_.empty() && !reader_.has_partial_message() && budget_.free_size == full_budget_;
  }

  std::vector<std::string> lines;

 private:
  MessageReader reader_;
  InputBudget budget_;
  std::size_t full_budget_;
  std::vector<std::byte> scratch_;
  std::string left_;
};

inline std::vector<std::string> read_whole(std::string_view stream, const ReaderSetup& setup = {}) {
  Feeder feeder(setup);
  feeder.feed(stream);
  return feeder.lines;
}

inline std::vector<std::string> read_in_pieces(std::string_view stream, std::size_t piece_size,
                                               const ReaderSetup& setup = {}) {
  Feeder feeder(setup);
  for (std::size_t at = 0; at < stream.size(); at += piece_size) {
    feeder.feed(stream.substr(at, piece_size));
  }
  return feeder.lines;
}

inline std::vector<std::string> read_in_random_pieces(std::string_view stream, Random& random,
                                                      const ReaderSetup& setup = {}) {
  Feeder feeder(setup);
  while (!stream.empty()) {
    const std::size_t size_max = std::min<std::size_t>(stream.size(), 1 + random.below(300));
    const std::size_t size = 1 + random.below(static_cast<std::uint32_t>(size_max));
    feeder.feed(stream.substr(0, size));
    stream.remove_prefix(size);
  }
  return feeder.lines;
}

}  // namespace gyre::ws::test
