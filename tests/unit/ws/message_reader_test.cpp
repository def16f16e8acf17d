// The cases of the Autobahn suite, by its sections: framing, pings, reserved bits, opcodes,
// fragments, UTF-8, Close. Each is read whole, byte by byte and in random pieces, always with the
// same result.
#include "ws/message_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "tests/unit/ws/frames.hpp"

namespace gyre::ws {
namespace {

using namespace test;
using Lines = std::vector<std::string>;

struct Case {
  std::string name;
  std::string stream;
  Lines expected;
};

void expect_in_any_pieces(const Case& row, const ReaderSetup& setup = {}) {
  SCOPED_TRACE(row.name);
  EXPECT_EQ(read_whole(row.stream, setup), row.expected);
  for (const std::size_t size : {1, 2, 7, 64, 1000}) {
    if (size == 1 && row.stream.size() > 10000) continue;
    EXPECT_EQ(read_in_pieces(row.stream, size, setup), row.expected) << "pieces of " << size;
  }
  Random random(row.stream.size());
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(read_in_random_pieces(row.stream, random, setup), row.expected);
  }
}

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Section1, FramesOfAllSizes) {
  for (const std::size_t size : {0, 1, 4, 125, 126, 127, 128, 1000, 65535, 65536, 131072}) {
    const std::string payload(size, '*');
    const std::string name = std::to_string(size);
    expect_in_any_pieces({"text of " + name, text(payload), {"text:" + payload}});
    const std::string bytes(size, '\xfe');
    expect_in_any_pieces({"binary of " + name, binary(bytes), {"binary:" + bytes}});
  }
}

TEST(Section2, PingsAndPongs) {
  const std::string longest(125, '\xfe');
  const Case cases[] = {
      {"2.1", ping(""), {"ping:"}},
      {"2.2", ping("Hello, world!"), {"ping:Hello, world!"}},
      {"2.3", ping("\x01\xff\xfe\xfd\xfc\xfb"), {"ping:\x01\xff\xfe\xfd\xfc\xfb"}},
      {"2.4", ping(longest), {"ping:" + longest}},
      {"2.5", raw_frame(fin | 9, longest + "x"), {"invalid 1002"}},
      {"2.7", pong(""), {"pong:"}},
      {"2.9", pong("unsolicited") + ping("x"), {"pong:unsolicited", "ping:x"}},
      {"2.10", times(10, ping("p")), Lines(10, "ping:p")},
  };
  for (const Case& row : cases) expect_in_any_pieces(row);
}

TEST(Section3, ReservedBits) {
  const Case cases[] = {
      {"3.1", raw_frame(fin | rsv3 | 1, "x"), {"invalid 1002"}},
      {"3.2", text("a") + raw_frame(fin | rsv2 | 1, "x") + ping(""), {"text:a", "invalid 1002"}},
      {"3.4, RSV1", text("a") + raw_frame(fin | rsv1 | 1, "x"), {"text:a", "invalid 1002"}},
      {"3.6, binary", raw_frame(fin | rsv1 | rsv2 | 2, "x"), {"invalid 1002"}},
      {"3.7, ping", raw_frame(fin | rsv1 | 9, "x"), {"invalid 1002"}},
      {"RSV1 on close", raw_frame(fin | rsv1 | 8, ""), {"invalid 1002"}},
  };
  for (const Case& row : cases) expect_in_any_pieces(row);
}

TEST(Section4, ReservedOpcodes) {
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    const std::string bad = raw_frame(fin | opcode, "");
    expect_in_any_pieces(
        {std::to_string(opcode), text("a") + bad + ping("p"), {"text:a", "invalid 1002"}});
  }
}

TEST(Section5, Fragments) {
  const Case cases[] = {
      {"5.1 fragmented ping", raw_frame(9, "a") + last("b"), {"invalid 1002"}},
      {"5.2 fragmented pong", raw_frame(10, "a") + last("b"), {"invalid 1002"}},
      {"5.3 two fragments", first("ab") + last("cd"), {"text:abcd"}},
      {"5.6 ping between", first("ab") + ping("p") + last("cd"), {"ping:p", "text:abcd"}},
      {"5.9 nothing to continue", last("ab") + text("x"), {"invalid 1002"}},
      {"5.10 not even to begin", middle("ab"), {"invalid 1002"}},
      {"5.12 after a message", text("a") + last("ab"), {"text:a", "invalid 1002"}},
      {"5.15 after fragments", first("a") + last("b") + middle("c"), {"text:ab", "invalid 1002"}},
      {"5.18 two beginnings", first("a") + first("b"), {"invalid 1002"}},
      {"whole text within", first("a") + text("b"), {"invalid 1002"}},
      {"5.19",
       first("f1") + middle("f2") + ping("p1") + middle("f3") + middle("f4") + ping("p2") +
           last("f5"),
       {"ping:p1", "ping:p2", "text:f1f2f3f4f5"}},
      {"pong between", first("a") + pong("x") + last("b"), {"pong:x", "text:ab"}},
      {"close between", first("a") + close(1000) + last("b"), {"close 1000:"}},
      {"binary in fragments", raw_frame(2, "a") + last("b"), {"binary:ab"}},
      {"empty fragments", first("") + middle("") + last(""), {"text:"}},
      {"6.1.3", first("") + middle("middle") + last(""), {"text:middle"}},
      {"empty last", first("a") + last(""), {"text:a"}},
      {"many messages", times(50, first("a") + last("b") + text("c")),
       [] {
         Lines lines;
         for (int i = 0; i < 50; ++i) lines.insert(lines.end(), {"text:ab", "text:c"});
         return lines;
       }()},
      {"many empty fragments", first("a") + times(500, middle("")) + last("b"), {"text:ab"}},
  };
  for (const Case& row : cases) expect_in_any_pieces(row);
}

// Checks that are left to the receiver of a message are part of the result here: see to_line().
TEST(Section6, Utf8) {
  struct Text {
    const char* name;
    std::string payload;
    bool valid;
  };
  const Text texts[] = {
      {"6.2", "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!", true},
      {"6.3",
       "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
       "edited",
       false},
      {"6.4, over U+10FFFF", "\xce\xba\xf4\x90\x80\x80", false},
      {"6.5, a part of a code point", "\xce\xba\xe1\xbd\xb9\xcf", false},
      {"6.6, two bytes", "\xc2\x80", true},
      {"6.7, three bytes", "\xe0\xa0\x80", true},
      {"6.7, four bytes", "\xf0\x90\x80\x80", true},
      {"6.8, five bytes", "\xf8\x88\x80\x80\x80", false},
      {"6.8, six bytes", "\xfc\x84\x80\x80\x80\x80", false},
      {"6.9", std::string("\x00\x7f", 2) + "\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf", true},
      {"6.11", "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd", true},
      {"6.12, alone", "\x80", false},
      {"6.12", "\xbf\x80", false},
      {"6.14, without the rest", "\xe0 \xe1 ", false},
      {"6.15, several", "\xc0\xe0\x80\xf0\x80\x80", false},
      {"6.16", "\xfe", false},
      {"6.16, FF", "\xff", false},
      {"6.17, overlong /", "\xc0\xaf", false},
      {"6.17, overlong / in three", "\xe0\x80\xaf", false},
      {"6.18, greatest overlong", "\xc1\xbf", false},
      {"6.19, overlong zero", "\xc0\x80", false},
      {"6.20, surrogate", "\xed\xa0\x80", false},
      {"6.20, last surrogate", "\xed\xbf\xbf", false},
      {"6.21, pair", "\xed\xa0\x80\xed\xb0\x80", false},
      {"6.22, no character", "\xef\xbf\xbe\xf0\x9f\xbf\xbf", true},
  };
  for (const Text& row : texts) {
    const Lines expected{row.valid ? "text:" + row.payload : "not UTF-8"};
    expect_in_any_pieces({row.name, text(row.payload), expected});
    // Fragments may split a code point.
    std::string stream = first("");
    for (const char c : row.payload) stream += middle(std::string_view(&c, 1));
    expect_in_any_pieces({row.name, stream + last(""), expected});
    expect_in_any_pieces({row.name, binary(row.payload), {"binary:" + row.payload}});
  }
}

TEST(Section7, Close) {
  const std::string longest(123, 'x');
  const Case cases[] = {
      {"7.1.1", text("a") + close(1000), {"text:a", "close 1000:"}},
      {"7.1.2", close(1000) + close(1000), {"close 1000:"}},
      {"7.1.3", close(1000) + ping("p"), {"close 1000:"}},
      {"7.1.5", first("a") + close(1000) + last("b"), {"close 1000:"}},
      {"7.3.1", close_with(""), {"close 1005:"}},
      {"7.3.2", close_with("a"), {"invalid 1002"}},
      {"7.3.4", close(1000, "Hello World!"), {"close 1000:Hello World!"}},
      {"7.3.5", close(1000, longest), {"close 1000:" + longest}},
      {"7.3.6", close(1000, longest + "x"), {"invalid 1002"}},
      {"7.5.1", close(1000, "\xce\xba\xe1\xbd\xb9\xed\xa0\x80"), {"invalid 1007"}},
      {"reason in UTF-8", close(1000, "\xce\xba"), {"close 1000:\xce\xba"}},
  };
  for (const Case& row : cases) expect_in_any_pieces(row);
  for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 3000U,
                              3999U, 4000U, 4999U}) {
    expect_in_any_pieces({"7.7", close(code), {"close " + std::to_string(code) + ":"}});
  }
  for (const unsigned code :
       {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
    expect_in_any_pieces({"7.9", close(code) + text("a"), {"invalid 1002"}});
  }
}

TEST(Section9, LimitsOfMessages) {
  const ReaderSetup setup{.message_size_max = 1000};
  const std::string fits(1000, 'x');
  const std::string half(500, 'y');
  const Case cases[] = {
      {"fits", text(fits), {"text:" + fits}},
      {"one too many", text(fits + "x"), {"invalid 1009"}},
      {"only its head has come", text(fits + "x").substr(0, 8), {"invalid 1009"}},
      {"fragments fit", first(half) + last(half), {"text:" + half + half}},
      {"fragments do not", first(half) + middle(half) + last("z"), {"invalid 1009"}},
      {"huge", std::string("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff....", 14), {"invalid 1009"}},
      {"a bit over 32 bits", std::string("\x81\xff\0\0\0\x01\0\0\0\x01....", 14), {"invalid 1009"}},
      {"in many fragments",
       first("") + times(1000, middle("x")) + last(""),
       {"text:" + std::string(1000, 'x')}},
      {"control frames count nothing",
       first(fits) + ping(std::string(125, 'p')) + last(""),
       {"ping:" + std::string(125, 'p'), "text:" + fits}},
  };
  for (const Case& row : cases) expect_in_any_pieces(row, setup);
}

TEST(Sections12And13, CompressedMessages) {
  const ReaderSetup setup{.compression = true};
  const Case cases[] = {
      {"whole", raw_frame(fin | rsv1 | 1, "z"), {"deflated text:z"}},
      {"binary", raw_frame(fin | rsv1 | 2, "z"), {"deflated binary:z"}},
      {"fragments",
       raw_frame(rsv1 | 1, "a") + ping("p") + last("b"),
       {"ping:p", "deflated text:ab"}},
      {"plain after it", raw_frame(fin | rsv1 | 1, "z") + text("a"), {"deflated text:z", "text:a"}},
      {"plain in fragments after it",
       raw_frame(rsv1 | 1, "y") + last("z") + first("a") + last("b"),
       {"deflated text:yz", "text:ab"}},
      {"only the first frame says so", first("a") + raw_frame(fin | rsv1, "b"), {"invalid 1002"}},
      {"both say so", raw_frame(rsv1 | 1, "a") + raw_frame(fin | rsv1, "b"), {"invalid 1002"}},
      {"other reserved bits", raw_frame(fin | rsv1 | rsv3 | 1, "z"), {"invalid 1002"}},
  };
  for (const Case& row : cases) expect_in_any_pieces(row, setup);
}

TEST(MessageReader, Masks) {
  const std::string unmasked = raw_frame(fin | 1, "x", std::nullopt);
  const ReaderSetup client{.masked = false};
  expect_in_any_pieces({"a server wants masks", unmasked, {"invalid 1002"}});
  expect_in_any_pieces(
      {"a server's pings, too", raw_frame(fin | 9, "", std::nullopt), {"invalid 1002"}});
  expect_in_any_pieces({"a client forbids them", text("x"), {"invalid 1002"}}, client);
  expect_in_any_pieces(
      {"a client", unmasked + raw_frame(fin | 9, "p", std::nullopt), {"text:x", "ping:p"}}, client);
  const std::string payload(3000, 'm');
  for (const Mask mask : {Mask{}, some_mask, Mask{std::byte{1}}}) {
    expect_in_any_pieces({"any mask", raw_frame(fin | 1, payload, mask), {"text:" + payload}});
  }
}

TEST(MessageReader, StoresNothingBetweenMessages) {
  Feeder feeder({});
  EXPECT_TRUE(feeder.is_at_rest());
  const std::string stream = first("ab") + ping("p") + last("cd") + text(std::string(5000, 'x'));
  for (const char c : stream) feeder.feed({&c, 1});
  EXPECT_EQ(feeder.lines.size(), 3U);
  EXPECT_TRUE(feeder.is_at_rest());
  feeder.feed(first("ab"));
  EXPECT_FALSE(feeder.is_at_rest());
  feeder.feed(close(1000));
  EXPECT_TRUE(feeder.is_at_rest());
  feeder.feed("whatever comes then");
  EXPECT_TRUE(feeder.is_at_rest());
  EXPECT_EQ(feeder.lines.size(), 4U);
}

TEST(MessageReader, OnlyFragmentsDrawOnTheBudget) {
  const ReaderSetup setup{.budget = 600};
  const std::string payload(1000, 'x');
  EXPECT_EQ(read_whole(text(payload), setup), (Lines{"text:" + payload}));
  EXPECT_EQ(read_in_pieces(text(payload), 900, setup), (Lines{"no memory"}));
  EXPECT_EQ(read_in_pieces(text(payload) + ping(""), 510, setup),
            (Lines{"text:" + payload, "ping:"}));
}

TEST(MessageReader, ClearReturnsMemory) {
  MessageReader reader;
  InputBudget budget{1000};
  std::vector<std::byte> scratch(1000 + message_padding);
  const std::string part = first("ab");
  reader.next(std::as_bytes(std::span(part)), scratch, budget);
  EXPECT_TRUE(reader.has_partial_message());
  EXPECT_LT(budget.free_size, 1000U);
  reader.clear(budget);
  EXPECT_EQ(budget.free_size, 1000U);
}

TEST(MessageReader, PayloadsAreFollowedByPadding) {
  const std::string stream = text("abc") + first("x") + last("y") + ping("p");
  MessageReader reader;
  InputBudget budget{1000};
  std::vector<std::byte> scratch(200 + message_padding);
  const auto bytes = std::as_bytes(std::span(stream));
  std::size_t consumed = 0;
  for (int i = 0; i < 3; ++i) {
    const auto result = reader.next(bytes.subspan(consumed), scratch, budget);
    consumed += result.consumed;
    EXPECT_GE(result.payload.data(), scratch.data());
    EXPECT_LE(result.payload.data() + result.payload.size() + message_padding,
              scratch.data() + scratch.size());
  }
  EXPECT_EQ(consumed, stream.size());
}

}  // namespace
}  // namespace gyre::ws
