// Requests as clients send them, with anything missing, unusual or wrong.
#include "ws/protocol.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/bytes.hpp"
#include "tests/unit/ws/captured_messages.hpp"
#include "tests/unit/ws/parsed_message.hpp"

namespace gyre::ws {
namespace {

using namespace test;

template <class Id>
std::string text_of(const Id& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::string captured_info_hash() {
  InfoHash hash;
  std::ranges::copy(gyre::test::from_hex(info_hash_hex), hash.bytes.begin());
  return text_of(hash);
}

TEST(Parse, CapturedAnnounces) {
  struct Case {
    std::string_view message;
    std::string info_hash;
    const char* peer_id;
    AnnounceEvent event;
    bool is_seeder;
    std::int64_t numwant;
    std::size_t offers;
  };
  const std::string hash = captured_info_hash();
  const Case cases[] = {
      {completed_without_offers, hash, "-WW0300-Mp/rZYWMNfKf", AnnounceEvent::completed, true, 50,
       0},
      {seeder_started, hash, "-WW0300-Mp/rZYWMNfKf", AnnounceEvent::started, true, 5, 1},
      {magnet_started, hash, "-WW0300-5oqaFWiqSAeH", AnnounceEvent::started, false, 5, 1},
      {node_stopped, hash, "-WW0300-cgkakhddBr3b", AnnounceEvent::stopped, false, 50, 0},
      {media_loader_started, "DI9FUqWIm6qTdkM2jrgR", "-PM0203-xavWaV1vADA8", AnnounceEvent::started,
       false, 5, 1},
  };
  for (const Case& row : cases) {
    SCOPED_TRACE(row.message);
    const ParsedMessage parsed(row.message);
    const Announce* announce = parsed.announce();
    ASSERT_NE(announce, nullptr) << parsed.failure();
    EXPECT_EQ(text_of(announce->info_hash), row.info_hash);
    EXPECT_EQ(text_of(announce->peer_id), row.peer_id);
    EXPECT_EQ(announce->event, row.event);
    EXPECT_EQ(announce->is_seeder, row.is_seeder);
    EXPECT_EQ(announce->numwant, row.numwant);
    EXPECT_EQ(announce->offers.size(), row.offers);
  }
}

TEST(Parse, CapturedOffer) {
  const ParsedMessage parsed(magnet_started);
  ASSERT_NE(parsed.announce(), nullptr);
  const Description& offer = parsed.announce()->offers[0];
  EXPECT_EQ(offer.json, R"({"type":"offer","sdp":"v=0..."})");
  EXPECT_EQ(offer.offer_id_json, offer_id_json);
  EXPECT_EQ(offer.offer_id,
            "G\n\xc2\xad\xc3\x94Z\x18"
            "c\xc3\xb3|B\t\xc3\x96"
            "9h}R\xc2\x81V\xc3\xad\xc2\x97");
}

TEST(Parse, CapturedAnswer) {
  const ParsedMessage parsed(test::answer);
  const Answer* answer = parsed.answer();
  ASSERT_NE(answer, nullptr) << parsed.failure();
  EXPECT_EQ(text_of(answer->info_hash), captured_info_hash());
  EXPECT_EQ(text_of(answer->peer_id), "-WW0300-Mp/rZYWMNfKf");
  EXPECT_EQ(text_of(answer->to_peer_id), "-WW0300-5oqaFWiqSAeH");
  EXPECT_EQ(answer->answer.json, R"({"type":"answer","sdp":"v=0..."})");
  EXPECT_EQ(answer->answer.offer_id_json, offer_id_json);
}

// An announce with these members in addition to the required ones.
std::string announce_with(std::string_view members) {
  return R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa",)"
         R"("peer_id":"bbbbbbbbbbbbbbbbbbbb",)" +
         std::string(members) + "}";
}

TEST(Parse, Left) {
  struct Case {
    const char* member;
    bool is_seeder;
  };
  const Case cases[] = {
      {R"("left":0)", true},
      {R"("left":0.0)", true},
      {R"("left":-0)", true},
      {R"("left":0e5)", true},
      {R"("left":1)", false},
      {R"("left":-1)", false},
      {R"("left":0.5)", false},
      {R"("left":1e300)", false},
      {R"("left":18446744073709551615)", false},
      {R"("left":null)", false},
      {R"("left":"0")", false},
      {R"("left":"")", false},
      {R"("left":false)", false},
      {R"("left":[])", false},
      {R"("left":{"a":0})", false},
      {R"("x":0)", false},
      {R"("left":1,"left":0)", true},
      {R"("left":0,"left":null)", false},
  };
  for (const auto& [member, is_seeder] : cases) {
    const ParsedMessage parsed(announce_with(member));
    ASSERT_NE(parsed.announce(), nullptr) << member;
    EXPECT_EQ(parsed.announce()->is_seeder, is_seeder) << member;
  }
}

TEST(Parse, Events) {
  struct Case {
    const char* member;
    AnnounceEvent event;
  };
  const Case cases[] = {
      {R"("event":"started")", AnnounceEvent::started},
      {R"("event":"completed")", AnnounceEvent::completed},
      {R"("event":"stopped")", AnnounceEvent::stopped},
      {R"("event":"paused")", AnnounceEvent::paused},
      {R"("event":"update")", AnnounceEvent::none},
      {R"("event":"")", AnnounceEvent::none},
      {R"("event":"empty")", AnnounceEvent::none},
      {R"("event":null)", AnnounceEvent::none},
      {R"("event":"\u003cregular\u003e","offers":null)", AnnounceEvent::none},
      {R"("event":2)", AnnounceEvent::none},
      {R"("event":"Started")", AnnounceEvent::none},
      {R"("event":["started"])", AnnounceEvent::none},
      {R"("event":"started","event":"stopped")", AnnounceEvent::stopped},
  };
  for (const auto& [member, event] : cases) {
    const ParsedMessage parsed(announce_with(member));
    ASSERT_NE(parsed.announce(), nullptr) << member;
    EXPECT_EQ(parsed.announce()->event, event) << member;
    EXPECT_TRUE(parsed.announce()->offers.empty());
  }
}

TEST(Parse, Numwant) {
  struct Case {
    const char* member;
    std::optional<std::int64_t> numwant;
  };
  const Case cases[] = {
      {R"("numwant":0)", 0},
      {R"("numwant":-5)", -5},
      {R"("numwant":2.7)", 2},
      {R"("numwant":1e300)", 1000000000000000000},
      {R"("numwant":-1e300)", -1000000000000000000},
      {R"("numwant":18446744073709551615)", 9223372036854775807},
      {R"("numwant":null)", std::nullopt},
      {R"("numwant":"5")", std::nullopt},
      {R"("x":5)", std::nullopt},
  };
  for (const auto& [member, numwant] : cases) {
    const ParsedMessage parsed(announce_with(member));
    ASSERT_NE(parsed.announce(), nullptr) << member;
    EXPECT_EQ(parsed.announce()->numwant, numwant) << member;
  }
}

TEST(Parse, InvalidOffers) {
  for (const char* member : {
           R"("offers":null)",
           R"("offers":{"offer":{},"offer_id":"x"})",
           R"("offers":[])",
           R"("offers":"x")",
           R"("offers":[null,1,"x",[],{}])",
           R"("offers":[{"fake_offer":"x"}])",
           R"("offers":[{"offer":{"sdp":"x"}}])",
           R"("offers":[{"offer_id":"x"}])",
           R"("offers":[{"offer":null,"offer_id":"x"}])",
           R"("offers":[{"offer":"x","offer_id":"x"}])",
           R"("offers":[{"offer":{},"offer_id":1}])",
           R"("offers":[{"offer":{},"offer":1,"offer_id":"x"}])",
           R"("offers":[{"offer":{},"offer_id":"x"}],"offers":null)",
       }) {
    const ParsedMessage parsed(announce_with(member));
    ASSERT_NE(parsed.announce(), nullptr) << member << parsed.failure();
    EXPECT_TRUE(parsed.announce()->offers.empty()) << member;
  }
}

TEST(Parse, KeepsOffersVerbatim) {
  const std::string_view offer =
      R"({ "sdp" :"v=0\r\n\u00e9 \ud83d\ude00\/" , "type":"offer","x":[1,{"y":null}],"z":-1.5e3 })";
  struct Case {
    std::string id_json;
    std::string id;
  };
  const Case cases[] = {
      {R"("abc")", "abc"},
      {R"("")", ""},
      {R"("\u0061\n\\\/")", "a\n\\/"},
      {R"("\ud83d\ude00")", "\xf0\x9f\x98\x80"},
      {"\"\xc3\xa9\xf0\x9f\x98\x80\"", "\xc3\xa9\xf0\x9f\x98\x80"},
      {"\"" + std::string(3000, 'x') + "\"", std::string(3000, 'x')},
  };
  for (const auto& [id_json, id] : cases) {
    for (const bool id_first : {false, true}) {
      const std::string offer_member = "\"offer\" : " + std::string(offer);
      const std::string id_member = "\"offer_id\":\t" + id_json;
      const std::string message =
          announce_with("\"offers\" : [ 1, { \"a\":[], " + (id_first ? id_member : offer_member) +
                        " , " + (id_first ? offer_member : id_member) + "\n} , {} ]");
      SCOPED_TRACE(message);
      const ParsedMessage parsed(message);
      ASSERT_NE(parsed.announce(), nullptr) << parsed.failure();
      ASSERT_EQ(parsed.announce()->offers.size(), 1U);
      const Description& found = parsed.announce()->offers[0];
      EXPECT_EQ(found.json, offer);
      EXPECT_EQ(found.offer_id_json, id_json);
      EXPECT_EQ(found.offer_id, id);
    }
  }
}

TEST(Parse, LimitsOffers) {
  std::string offers;
  for (int i = 0; i < 100; ++i) {
    if (i > 0) offers += ",";
    offers +=
        R"({"offer":{"n":)" + std::to_string(i) + R"(},"offer_id":")" + std::to_string(i) + "\"}";
  }
  const ParsedMessage parsed(announce_with("\"offers\":[" + offers + "]"));
  ASSERT_NE(parsed.announce(), nullptr);
  ASSERT_EQ(parsed.announce()->offers.size(), offers_max);
  EXPECT_EQ(parsed.announce()->offers[9].offer_id, "9");
  // Offers that are left out have to be valid, too.
  EXPECT_EQ(
      ParsedMessage(announce_with("\"offers\":[" + offers + ",{\"offer\":{\"n\":01}}]")).failure(),
      "the message is not valid JSON");
}

TEST(Parse, Scrapes) {
  const std::string a(20, 'a');
  const std::string b(20, 'b');
  struct Case {
    std::string message;
    bool all;
    std::vector<std::string> hashes;
  };
  const Case cases[] = {
      {R"({"action":"scrape"})", true, {}},
      {R"({"action":"scrape","info_hash":null})", true, {}},
      {R"({"action":"scrape","info_hash":[]})", false, {}},
      {R"({"info_hash":"aaaaaaaaaaaaaaaaaaaa","action":"scrape"})", false, {a}},
      {R"({"action":"scrape","info_hash":["aaaaaaaaaaaaaaaaaaaa"]})", false, {a}},
      {R"({"action":"scrape","info_hash":["bbbbbbbbbbbbbbbbbbbb" , "aaaaaaaaaaaaaaaaaaaa"],"x":1})",
       false,
       {b, a}},
      {R"({"action":"scrape","info_hash":["x"],"info_hash":"aaaaaaaaaaaaaaaaaaaa"})", false, {a}},
  };
  for (const auto& [message, all, hashes] : cases) {
    SCOPED_TRACE(message);
    const ParsedMessage parsed(message);
    const Scrape* scrape = parsed.scrape();
    ASSERT_NE(scrape, nullptr) << parsed.failure();
    EXPECT_EQ(scrape->all, all);
    const std::size_t list = message.rfind("\"info_hash\":[");
    EXPECT_EQ(scrape->is_list,
              list != std::string::npos && list == message.rfind("\"info_hash\":"));
    ASSERT_EQ(scrape->info_hashes.size(), hashes.size());
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      EXPECT_EQ(text_of(scrape->info_hashes[i]), hashes[i]);
    }
  }
  std::string many = R"({"action":"scrape","info_hash":[)";
  for (int i = 0; i < 300; ++i) many += (i > 0 ? "," : "") + std::string("\"") + a + "\"";
  EXPECT_EQ(ParsedMessage(many + "]}").scrape()->info_hashes.size(), scrape_max);
}

struct Failing {
  const char* message;
  const char* reason;
  std::string_view action;
  std::string_view named = no_info_hash_json;
};
constexpr auto announce = announce_action;
constexpr std::string_view named = R"("aaaaaaaaaaaaaaaaaaaa")";
const Failing failing[] = {
    {"{}", "invalid action in WS request: undefined", {}},
    {R"({"info_hash":"aaaaaaaaaaaaaaaaaaaa"})",
     "invalid action in WS request: undefined",
     {},
     named},
    {R"({"action":"foo","info_hash":"aaaaaaaaaaaaaaaaaaaa"})",
     "invalid action in WS request: foo",
     {},
     named},
    {R"({"action":null})", "invalid action in WS request: null", {}},
    {R"({"action":7})", "invalid action in WS request: 7", {}},
    {R"({"action":"Announce"})", "invalid action in WS request: Announce", {}},
    {R"({"action":announce})", "the message is not valid JSON", {}},
    {R"({"action":"announce"})", "invalid info_hash", announce},
    {R"({"action":"announce","info_hash":null})", "invalid info_hash", announce},
    {R"({"action":"announce","info_hash":["aaaaaaaaaaaaaaaaaaaa"]})", "invalid info_hash",
     announce},
    {R"({"action":"announce","info_hash":"2ed7ad4f173977ad9ed1556e8d889e7779841ccd"})",
     "invalid info_hash", announce, R"("2ed7ad4f173977ad9ed1556e8d889e7779841ccd")"},
    {R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaa\u0100"})", "invalid info_hash",
     announce, R"("aaaaaaaaaaaaaaaaaaa\u0100")"},
    {R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa"})", "invalid peer_id", announce,
     named},
    {R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":20})", "invalid peer_id",
     announce, named},
    {R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"short"})",
     "invalid peer_id", announce, named},
    {R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa",)"
     R"("peer_id":"bbbbbbbbbbbbbbbbbbbb","answer":{}})",
     "invalid `to_peer_id` (required with `answer`)", announce, named},
    {R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa",)"
     R"("peer_id":"bbbbbbbbbbbbbbbbbbbb","to_peer_id":"cccccccccccccccccccc",)"
     R"("answer":"x","offer_id":"x"})",
     "invalid answer", announce, named},
    {R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa",)"
     R"("peer_id":"bbbbbbbbbbbbbbbbbbbb","to_peer_id":"cccccccccccccccccccc","answer":{}})",
     "invalid offer_id", announce, named},
    {R"({"action":"scrape","info_hash":"short"})", "invalid info_hash", scrape_action,
     R"("short")"},
    {R"({"action":"announce","info_hash":""})", "invalid info_hash", announce, R"("")"},
    {R"({"action":"announce","info_hash": "a\/\u0041\"" ,"peer_id":7})", "invalid info_hash",
     announce, R"("a\/\u0041\"")"},
    {R"({"action":"x","info_hash":"short"})", "invalid action in WS request: x", {}, R"("short")"},
    {R"({"action":"announce","info_hash":"short","info_hash":7})", "invalid info_hash", announce},
    {R"({"action":"announce","info_hash":7,"info_hash":"short"})", "invalid info_hash", announce,
     R"("short")"},
    {R"({"action":"announce","info_hash":"short","info_hash":"aaaaaaaaaaaaaaaaaaaa"})",
     "invalid peer_id", announce, named},
    {R"({"action":"announce","info_hash":{"info_hash":"short"}})", "invalid info_hash", announce},
    {R"({"action":"announce","info_hash":"\x"})", "the message is not valid JSON", {}},
    {R"({"action":"announce","info_hash":"short"} x)", "the message is not valid JSON", {}},
    {R"({"action":"scrape","info_hash":7})", "invalid info_hash", scrape_action},
    {R"({"action":"scrape","info_hash":["aaaaaaaaaaaaaaaaaaaa","short"]})", "invalid info_hash",
     scrape_action},
    {"null", "the message is not a JSON object", {}},
    {"[]", "the message is not a JSON object", {}},
    {"\"x\"", "the message is not a JSON object", {}},
    {"7", "the message is not a JSON object", {}},
    {"", "the message is not valid JSON", {}},
    {" ", "the message is not valid JSON", {}},
    {"{", "the message is not valid JSON", {}},
    {"{}{}", "the message is not valid JSON", {}},
    {"{} x", "the message is not valid JSON", {}},
};

// The info_hash of a failure.
std::string named_by(const Failure& failure) {
  if (failure.info_hash) return std::string(IdJson(*failure.info_hash).text());
  return std::string(failure.odd_info_hash_json);
}

TEST(Parse, FailuresMatchTheReference) {
  for (const auto& [message, reason, action, named_hash] : failing) {
    SCOPED_TRACE(message);
    const ParsedMessage parsed(message);
    const auto* failure = std::get_if<Failure>(&parsed.request);
    ASSERT_NE(failure, nullptr);
    EXPECT_EQ(failure->reason, reason);
    EXPECT_EQ(failure->action, action);
    EXPECT_EQ(named_by(*failure), named_hash);
    EXPECT_FALSE(failure->not_utf8);
  }
}

TEST(Parse, FailuresQuoteShortMalformedInfoHashes) {
  for (const std::size_t size : {std::size_t{1}, id_json_size_max - 2, id_json_size_max - 1}) {
    const std::string string = '"' + std::string(size, 'x') + '"';
    const ParsedMessage parsed(R"({"action":"announce","info_hash":)" + string + "}");
    const auto* failure = std::get_if<Failure>(&parsed.request);
    ASSERT_NE(failure, nullptr);
    EXPECT_EQ(named_by(*failure), size <= id_json_size_max - 2 ? string : no_info_hash_json);
  }
}

TEST(Parse, NullAnswerIsNone) {
  const ParsedMessage parsed(announce_with(R"("answer":null,"offer_id":null)"));
  EXPECT_NE(parsed.announce(), nullptr);
}

TEST(Parse, AcceptsEscapedKeys) {
  const ParsedMessage parsed(R"({"\u0061ction":"announce","info\u005fhash":"aaaaaaaaaaaaaaaaaaaa",)"
                             R"("peer_id":"bbbbbbbbbbbbbbbbbbbb","le\u0066t":0})");
  ASSERT_NE(parsed.announce(), nullptr);
  EXPECT_TRUE(parsed.announce()->is_seeder);
}

TEST(Parse, ReportsInvalidUtf8) {
  const ParsedMessage parsed("{\"action\":\"scrape\",\"x\":\"\xff\"}");
  const auto* failure = std::get_if<Failure>(&parsed.request);
  ASSERT_NE(failure, nullptr);
  EXPECT_TRUE(failure->not_utf8);
}

TEST(Parse, ReusesTheParser) {
  Parser parser(4096, offers_max, scrape_max);
  const auto parse = [&parser](std::string& padded, std::string_view message) {
    padded = std::string(message) + std::string(message_padding, '\0');
    return parser.parse(std::as_bytes(std::span(padded)).first(message.size()));
  };
  std::string text;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(std::get<Announce>(parse(text, seeder_started)).offers.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<Failure>(parse(text, "{\"action\":")));
    EXPECT_TRUE(std::get<Scrape>(parse(text, R"({"action":"scrape"})")).all);
    EXPECT_TRUE(std::get<Announce>(parse(text, node_stopped)).offers.empty());
    // Larger than its message_size_max.
    EXPECT_TRUE(std::holds_alternative<Failure>(
        parse(text, announce_with("\"x\":\"" + std::string(5000, 'x') + "\""))));
  }
}

}  // namespace
}  // namespace gyre::ws
