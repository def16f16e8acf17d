// permessage-deflate: the examples of RFC 7692, sections 12 and 13 of the Autobahn suite (sizes and
// windows), and invalid payloads.
#include "ws/deflate.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/random.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/session_description.hpp"

namespace gyre::ws {
namespace {

using gyre::test::Bytes;
using gyre::test::ExactCopy;
using gyre::test::from_hex;

constexpr std::size_t size_max = 200000;

std::string to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Inflated {
  std::optional<CloseCode> error = {};
  std::string text = {};
};

Inflated inflated(std::span<const std::byte> payload, std::size_t limit = size_max) {
  static Inflater inflater;  // one for all, as a worker has it
  std::vector<std::byte> out(limit + message_padding);
  const auto result = inflater.inflate(ExactCopy(payload).span(), out);
  if (!result) return {.error = result.error()};
  CHECK(result->data() == out.data());
  return {.text = to_text(*result)};
}

// The output of a client with a negotiated window, by zlib itself.
Bytes client_deflate(std::string_view text, int window_bits, int level) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes out(deflateBound(&stream, text.size()) + 64);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_SYNC_FLUSH) == Z_OK);
  out.resize(out.size() - stream.avail_out - 4);
  deflateEnd(&stream);
  return out;
}

// Inflates as a client with a window of that size: references further back are errors.
std::string client_inflate(Bytes payload, int window_bits) {
  for (const unsigned byte : {0x00U, 0x00U, 0xffU, 0xffU}) {
    payload.push_back(static_cast<std::byte>(byte));
  }
  z_stream stream{};
  CHECK(inflateInit2(&stream, -window_bits) == Z_OK);
  std::string text(size_max, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(payload.data());
  stream.avail_in = static_cast<uInt>(payload.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int done = inflate(&stream, Z_SYNC_FLUSH);
  inflateEnd(&stream);
  if (done != Z_OK || stream.avail_in > 0) return "error";
  return text.substr(0, stream.total_out);
}

std::optional<Bytes> deflated(std::span<const std::string_view> parts, int window_bits,
                              std::size_t room = size_max) {
  static Deflater deflater;
  Bytes out(room);
  const auto size = deflater.deflate(parts, static_cast<std::uint8_t>(window_bits), out);
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

std::optional<Bytes> deflated(std::string_view text, int window_bits, std::size_t room = size_max) {
  return deflated(std::array{text}, window_bits, room);
}

// Text with repetitions, near ones and some beyond a small window.
std::string some_text(std::size_t size, Random& random) {
  std::string text;
  while (text.size() < size) text += gyre::test::session_description(random);
  text.resize(size);
  return text;
}

TEST(Inflate, RfcExamples) {
  struct Case {
    const char* section;
    const char* hex;
    const char* text;
  };
  const Case cases[] = {
      {"7.2.3.1", "f2 48 cd c9 c9 07 00", "Hello"},
      {"7.2.3.3, stored", "00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello"},
      {"7.2.3.4, last block", "f3 48 cd c9 c9 07 00 00", "Hello"},
      {"7.2.3.5, two blocks", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"},
      {"7.2.3.6, empty", "00", ""},
      {"empty, fixed codes", "02 00", ""},
      {"two last blocks", "f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00", "HelloHello"},
  };
  for (const auto& [section, hex, text] : cases) {
    SCOPED_TRACE(section);
    const Inflated result = inflated(from_hex(hex));
    EXPECT_FALSE(result.error);
    EXPECT_EQ(result.text, text);
  }
}

TEST(Inflate, InvalidPayloads) {
  struct Case {
    const char* name;
    const char* hex;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"reserved kind of block", "07"},
      {"cut", "f2 48 cd"},
      {"stored, cut", "00 05 00 fa ff 48 65"},
      {"stored, sizes differ", "00 05 00 fa fe 48 65 6c 6c 6f 00"},
      {"further back than the beginning", "4a 04 02 00"},
      {"with the head of zlib", "78 9c f2 48 cd c9 c9 07 00"},
      {"text", "7b 22 61 63 74 69 6f 6e 22 3a"},
  };
  for (const auto& [name, hex] : cases) {
    const Inflated result = inflated(from_hex(hex));
    EXPECT_EQ(result.error, CloseCode::invalid_payload) << name << ": " << result.text;
  }
  // The next message is not affected.
  EXPECT_EQ(inflated(from_hex("f2 48 cd c9 c9 07 00")).text, "Hello");
}

TEST(Inflate, TruncatedAtEachByte) {
  Random random(3);
  const Bytes payload = client_deflate(some_text(3000, random), 15, 6);
  for (std::size_t size = 0; size + 1 < payload.size(); ++size) {
    EXPECT_EQ(inflated(std::span(payload).first(size)).error, CloseCode::invalid_payload) << size;
  }
}

TEST(Inflate, Limits) {
  const std::string zeros(size_max, '0');
  const Bytes payload = client_deflate(zeros, 15, 9);
  EXPECT_LT(payload.size(), 300U);
  EXPECT_EQ(inflated(payload, size_max).text, zeros);
  EXPECT_EQ(inflated(payload, size_max - 1).error, CloseCode::too_big);
  EXPECT_EQ(inflated(payload, 1).error, CloseCode::too_big);
  EXPECT_EQ(inflated(from_hex("f2 48 cd c9 c9 07 00"), 5).text, "Hello");
  EXPECT_EQ(inflated(from_hex("f2 48 cd c9 c9 07 00"), 4).error, CloseCode::too_big);
}

TEST(Deflate, AllSizesAndWindows) {
  Random random(1);
  for (const std::size_t size :
       {0, 1, 16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072}) {
    const std::string text = some_text(size, random);
    for (int bits = window_bits_min; bits <= window_bits_max; ++bits) {
      SCOPED_TRACE(std::to_string(size) + " bytes, window " + std::to_string(bits));
      for (const int level : {0, 1, 9}) {
        EXPECT_EQ(inflated(client_deflate(text, bits, level)).text, text);
      }
      const auto payload = deflated(text, bits);
      if (size >= 1024) {
        ASSERT_TRUE(payload);
        EXPECT_LT(payload->size(), size);
        EXPECT_EQ(client_inflate(*payload, bits), text);
        EXPECT_EQ(inflated(*payload).text, text);
      } else if (size <= 1) {
        EXPECT_FALSE(payload);
      }
    }
  }
}

TEST(Deflate, JoinsParts) {
  Random random(2);
  const std::string text = some_text(5000, random);
  const std::string_view view(text);
  const std::array parts{view.substr(0, 1), view.substr(1, 0), view.substr(1, 2000),
                         view.substr(2001), view.substr(5000)};
  const auto payload = deflated(parts, 15);
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload, deflated(text, 15));
  EXPECT_EQ(client_inflate(*payload, 15), text);
}

TEST(Deflate, DeclinesWhatDoesNotShrink) {
  Random random(4);
  const Bytes noise = gyre::test::random_bytes(3000, random);
  EXPECT_FALSE(deflated(to_text(noise), 15));
  EXPECT_FALSE(deflated("abcdefgh", 15));
  EXPECT_FALSE(deflated("", 15));
  EXPECT_FALSE(deflated(std::span<const std::string_view>(), 15));
  const std::string repeated(100, 'a');
  EXPECT_EQ(client_inflate(deflated(repeated, 15).value(), 15), repeated);
}

TEST(Deflate, StaysWithinTheOutput) {
  Random random(5);
  const std::string text = some_text(2000, random);
  const std::size_t needed = deflated(text, 15)->size();
  bool fits = false;
  for (std::size_t room = 0; room < needed + 20; ++room) {
    const auto payload = deflated(text, 15, room);
    if (payload) {
      EXPECT_EQ(client_inflate(*payload, 15), text);
    } else {
      EXPECT_FALSE(fits) << room;
    }
    fits = payload.has_value();
  }
  EXPECT_TRUE(fits);
}

}  // namespace
}  // namespace gyre::ws
