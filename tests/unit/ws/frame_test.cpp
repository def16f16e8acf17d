// Frame headers byte by byte, the rules of RFC 6455 section 5 that concern a header alone, and
// masks.
#include "ws/frame.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/support/bytes.hpp"
#include "tests/unit/ws/frames.hpp"

namespace gyre::ws {
namespace {

using gyre::test::Bytes;
using gyre::test::ExactCopy;
using gyre::test::from_hex;
using test::some_mask;

struct Golden {
  const char* hex;
  FrameHeader header;
};

const Golden goldens[] = {
    {"81 05", {.payload_size = 5}},
    {"81 85 37fa213d", {.payload_size = 5, .mask = some_mask}},
    {"01 03", {.fin = false, .payload_size = 3}},
    {"80 02", {.opcode = Opcode::continuation, .payload_size = 2}},
    {"00 00", {.fin = false, .opcode = Opcode::continuation}},
    {"82 7e 0100", {.opcode = Opcode::binary, .payload_size = 256}},
    {"82 7f 0000000000010000", {.opcode = Opcode::binary, .payload_size = 65536}},
    {"81 00", {}},
    {"81 7d", {.payload_size = 125}},
    {"81 7e 007e", {.payload_size = 126}},
    {"81 7e 007f", {.payload_size = 127}},
    {"81 7e ffff", {.payload_size = 65535}},
    {"81 ff 7fffffffffffffff 37fa213d", {.payload_size = ~0ULL >> 1, .mask = some_mask}},
    {"c1 07", {.compressed = true, .payload_size = 7}},
    {"42 01", {.fin = false, .compressed = true, .opcode = Opcode::binary, .payload_size = 1}},
    {"88 00", {.opcode = Opcode::close}},
    {"89 fd 37fa213d", {.opcode = Opcode::ping, .payload_size = 125, .mask = some_mask}},
    {"8a 7d", {.opcode = Opcode::pong, .payload_size = 125}},
};

TEST(FrameHeader, Golden) {
  for (const auto& [hex, header] : goldens) {
    SCOPED_TRACE(hex);
    const Bytes bytes = from_hex(hex);
    std::array<std::byte, frame_header_size_max> out{};
    ASSERT_EQ(write_frame_header(header, out), bytes.size());
    EXPECT_TRUE(std::ranges::equal(std::span(out).first(bytes.size()), bytes));
    EXPECT_EQ(frame_header_size(header), bytes.size());

    FrameHeader parsed;
    ASSERT_EQ(parse_frame_header(ExactCopy(bytes).span(), parsed), bytes.size());
    EXPECT_EQ(parsed.fin, header.fin);
    EXPECT_EQ(parsed.compressed, header.compressed);
    EXPECT_EQ(parsed.opcode, header.opcode);
    EXPECT_EQ(parsed.payload_size, header.payload_size);
    EXPECT_EQ(parsed.mask, header.mask);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const ExactCopy beginning{std::span(bytes).first(size)};
      EXPECT_EQ(parse_frame_header(beginning.span(), parsed), 0);
    }
  }
}

TEST(FrameHeader, FindsErrorsAtTheirByte) {
  struct Case {
    const char* name;
    const char* hex;  // up to the byte at which it is invalid
  };
  const Case cases[] = {
      {"RSV2", "a1"},
      {"RSV3", "91"},
      {"all reserved bits", "f1"},
      {"RSV1 and RSV2", "e1"},
      {"compressed continuation", "c0"},
      {"compressed ping", "c9"},
      {"compressed close", "c8"},
      {"fragmented ping", "09"},
      {"fragmented pong", "0a"},
      {"fragmented close", "08"},
      {"ping of 126 bytes", "89 7e"},
      {"ping of 64 KiB", "89 7f"},
      {"close of 126 bytes", "88 fe"},
      {"125 bytes in 2", "81 7e 007d"},
      {"no bytes in 2", "81 7e 0000"},
      {"65535 bytes in 8", "81 7f 000000000000ffff"},
      {"2^63", "81 7f 8000000000000000"},
      {"all bits of the size", "81 7f ffffffffffffffff"},
  };
  for (const auto& [name, hex] : cases) {
    SCOPED_TRACE(name);
    const Bytes bytes = from_hex(hex);
    FrameHeader header;
    EXPECT_EQ(parse_frame_header(ExactCopy(bytes).span(), header), std::nullopt);
    const ExactCopy before{std::span(bytes).first(bytes.size() - 1)};
    EXPECT_EQ(parse_frame_header(before.span(), header), 0);
  }
}

TEST(FrameHeader, EveryOpcode) {
  for (unsigned opcode = 0; opcode < 16; ++opcode) {
    const Bytes bytes{static_cast<std::byte>(0x80 | opcode), std::byte{0}};
    FrameHeader header;
    const auto size = parse_frame_header(bytes, header);
    const bool is_known = opcode <= 2 || opcode == 8 || opcode == 9 || opcode == 10;
    EXPECT_EQ(size, is_known ? std::optional(bytes.size()) : std::nullopt) << opcode;
  }
}

TEST(Mask, AnySizeAndOffset) {
  Random random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    const Bytes plain = gyre::test::random_bytes(size, random);
    for (std::size_t offset = 0; offset < 9; ++offset) {
      Bytes expected(plain);
      for (std::size_t i = 0; i < size; ++i) expected[i] ^= some_mask[(offset + i) % 4];
      Bytes out(size + 1, std::byte{0x55});
      apply_mask(out, ExactCopy(plain).span(), some_mask, offset);
      EXPECT_EQ(out.back(), std::byte{0x55});
      out.pop_back();
      EXPECT_EQ(out, expected);
      apply_mask(out, out, some_mask, offset);
      EXPECT_EQ(out, plain);
    }
  }
}

TEST(CloseFrame, Golden) {
  std::array<std::byte, close_frame_size_max> out{};
  const auto written = [&](CloseCode code, std::string_view reason) {
    const std::size_t size = write_close_frame(code, reason, out);
    return Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
  };
  EXPECT_EQ(written(CloseCode::going_away, ""), from_hex("88 02 03e9"));
  EXPECT_EQ(written(CloseCode::policy, "bye"), from_hex("88 05 03f0 627965"));
  EXPECT_EQ(written(CloseCode::no_status, "not sent"), from_hex("88 00"));
  const std::string long_reason(200, 'x');
  EXPECT_EQ(written(CloseCode::normal, long_reason).size(), close_frame_size_max);
}

TEST(CloseCode, ValidCodes) {
  const auto expected = [](unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
  };
  for (unsigned code = 0; code <= 0xffff; ++code) {
    EXPECT_EQ(is_valid_close_code(static_cast<std::uint16_t>(code)), expected(code)) << code;
  }
}

}  // namespace
}  // namespace gyre::ws
