// Every message that is not valid JSON to its last byte is refused: compared with simdjson's DOM
// parser, which validates everything, over messages that are broken at each byte.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <string_view>

#include "common/base/random.hpp"
#include "tests/unit/ws/captured_messages.hpp"
#include "tests/unit/ws/parsed_message.hpp"

namespace gyre::ws {
namespace {

using namespace test;

constexpr std::string_view invalid = "the message is not valid JSON";

class ReferenceParser {
 public:
  // Whether it is a valid JSON object.
  bool accepts(std::string_view message) {
    const simdjson::padded_string padded(message);
    simdjson::dom::element element;
    return !dom_.parse(padded).get(element) && element.is_object();
  }
  void expect_agreement(std::string_view message) {
    const ParsedMessage parsed(message);
    const bool is_refused = parsed.failure().starts_with("the message is not");
    EXPECT_EQ(!is_refused, accepts(message)) << message << ": " << parsed.failure();
  }

 private:
  simdjson::dom::parser dom_;
};

// Every kind of value, in ignored members and within what is relayed.
constexpr std::string_view everything =
    R"({"a":[true,false,null,-0.5e-7,12,"\u00e9\n",{},[],{"b":[[1]]}],"action":"announce",)"
    R"("info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbb\u00e9","left":0,)"
    R"("event":"started","numwant":5,"offers":[{"offer":{"sdp":"v=0\r\n","x":[1.5,"\ud83d\ude00",)"
    R"(true,null]},"offer_id":"x\t"},null,{"offer":7}]})";

TEST(BrokenJson, BrokenAtEachByte) {
  ReferenceParser reference;
  for (const std::string_view message :
       {everything, seeder_started, magnet_started, node_stopped, test::answer}) {
    ASSERT_TRUE(reference.accepts(message));
    EXPECT_EQ(ParsedMessage(message).failure(), "");
    for (std::size_t at = 0; at < message.size(); ++at) {
      EXPECT_EQ(ParsedMessage(message.substr(0, at)).failure(), invalid) << at;
      std::string broken(message);
      broken.erase(at, 1);
      reference.expect_agreement(broken);
      for (const char c : std::string_view("\"\\,:[]{}0 x\x01\x80\0", 14)) {
        broken = message;
        broken[at] = c;
        reference.expect_agreement(broken);
        broken = message;
        broken.insert(at, 1, c);
        reference.expect_agreement(broken);
      }
    }
  }
}

TEST(BrokenJson, BrokenAtRandom) {
  ReferenceParser reference;
  Random random(1);
  constexpr std::string_view pieces[] = {"\"", "\\u", "\\",  ",",    ":",  "[",
                                         "]",  "{",   "}",   "0",    "-",  "1e5",
                                         "e",  ".",   "tru", "null", "\n", "\\ud800"};
  for (int round = 0; round < 20000; ++round) {
    std::string message(everything);
    for (std::uint32_t i = 0; i <= random.below(4); ++i) {
      const auto at = random.below(static_cast<std::uint32_t>(message.size()));
      const std::string_view piece = pieces[random.below(std::size(pieces))];
      message.replace(at, random.below(3), piece);
    }
    reference.expect_agreement(message);
  }
}

TEST(BrokenJson, PlausibleValues) {
  ReferenceParser reference;
  for (const char* value : {"tru",
                            "truee",
                            "nul",
                            "nulll",
                            "falsey",
                            "01",
                            "1.",
                            ".5",
                            "-",
                            "+1",
                            "1e",
                            "1e+",
                            "0x10",
                            "1e999",
                            "-1e999",
                            "99999999999999999999",
                            "18446744073709551616",
                            "NaN",
                            "Infinity",
                            "'a'",
                            "\"\\u12\"",
                            "\"\\a\"",
                            "\"\\ud800\"",
                            "\"\t\"",
                            "\"a\"b",
                            "\"a\"\"b\"",
                            "[1 2]",
                            "[1,]",
                            "[,1]",
                            "[",
                            "]",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{a:1}",
                            "{1:1}",
                            "{\"a\" 1}",
                            "{\"a\":1 \"b\":2}",
                            "{\"a\":1}}",
                            "[1]]",
                            "1,",
                            ",1",
                            "1 1",
                            "\"\\u00e9\\x\"",
                            "{\"\\u12\":1}",
                            "{\"\\x\":1}",
                            "/**/1",
                            "\xef\xbb\xbf[]",
                            "\"\xed\xa0\x80\""}) {
    for (const char* format : {"x", "left", "numwant", "event", "offers", "answer", "offer_id",
                               "action", "info_hash", "peer_id", "to_peer_id"}) {
      const std::string message = "{\"" + std::string(format) + "\":" + value + "}";
      EXPECT_EQ(ParsedMessage(message).failure(), invalid) << message;
      EXPECT_FALSE(reference.accepts(message)) << message;
      const std::string offer = "{\"offers\":[{\"offer\":{\"sdp\":" + std::string(value) + "}}]}";
      EXPECT_EQ(ParsedMessage(offer).failure(), invalid) << offer;
    }
  }
}

// A lone low surrogate is not a character, whatever other parsers say.
TEST(BrokenJson, LoneLowSurrogate) {
  EXPECT_EQ(ParsedMessage(R"({"x":"\ude00"})").failure(), invalid);
}

TEST(BrokenJson, Depth) {
  const auto nested = [](std::size_t depth, const char* open, const char* close) {
    std::string value;
    for (std::size_t i = 0; i < depth; ++i) value += open;
    value += "1";
    for (std::size_t i = 0; i < depth; ++i) value += close;
    return "{\"action\":\"scrape\",\"x\":" + value + "}";
  };
  EXPECT_EQ(ParsedMessage(nested(json_depth_max - 1, "[", "]")).failure(), "");
  EXPECT_EQ(ParsedMessage(nested(json_depth_max - 1, "{\"a\":", "}")).failure(), "");
  EXPECT_EQ(ParsedMessage(nested(json_depth_max, "[", "]")).failure(),
            "the message is nested too deeply");
  EXPECT_EQ(ParsedMessage(nested(json_depth_max, "{\"a\":", "}")).failure(),
            "the message is nested too deeply");
  EXPECT_EQ(ParsedMessage(nested(40000, "[", "]")).failure(), "the message is nested too deeply");
  EXPECT_EQ(ParsedMessage("{\"x\":" + std::string(100000, '[')).failure(), invalid);
}

// Refused at the first member too many, whatever follows.
TEST(BrokenJson, Members) {
  const auto many = [](std::size_t count, std::string_view item) {
    std::string value = "{\"action\":\"scrape\",\"x\":[0";  // three members
    for (std::size_t i = 3; i < count; ++i) value.append(",").append(item);
    return value + "]}";
  };
  constexpr auto too_many = "the message has too many members";
  EXPECT_EQ(ParsedMessage(many(json_members_max, "0")).failure(), "");
  EXPECT_EQ(ParsedMessage(many(json_members_max + 1, "0")).failure(), too_many);
  EXPECT_EQ(ParsedMessage(many(2 * json_members_max, "\"\\q\"")).failure(), invalid);
  EXPECT_EQ(ParsedMessage(many(json_members_max / 2 + 2, "[0]")).failure(), too_many);
  EXPECT_EQ(ParsedMessage(many(json_members_max / 2 + 2, "{\"a\":0}")).failure(), too_many);
  const std::string members = R"({"action":"scrape","info_hash":["01234567890123456789")";
  std::string hashes = members;
  for (std::size_t i = 0; i < json_members_max; ++i) hashes += R"(,"01234567890123456789")";
  EXPECT_EQ(ParsedMessage(hashes + "]}").failure(), too_many);
}

}  // namespace
}  // namespace gyre::ws
