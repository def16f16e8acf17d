// Checks by the connections of gyre_ws_load_test of what they receive.
#include <gtest/gtest.h>

#include <cstring>

#include "load-test/ws/sent_offers.hpp"
#include "load-test/ws/upgrade.hpp"
#include "load-test/ws/verifier.hpp"
#include "ws/limits.hpp"

namespace gyre::load_test::ws {
namespace {

using namespace std::literals;

TEST(ParseCompact, Messages) {
  struct Case {
    std::string_view json;
    std::optional<MessageKind> kind;
  };
  const std::vector<Case> cases = {
      {R"({"complete":1,"incomplete":1,"action":"announce","interval":120,"info_hash":"x"})",
       MessageKind::reply},
      {R"({"info_hash":"x","action":"announce"})", MessageKind::reply},
      {R"({"action":"announce","offer":{"type":"offer","sdp":"v=0\r\n"},"offer_id":"i",)"
       R"("peer_id":"p","info_hash":"x"})",
       MessageKind::offer},
      {R"({"action":"announce","answer":{"sdp":"","type":"answer"},"info_hash":"x"})",
       MessageKind::answer},
      {R"({"action":"scrape","files":{"x":{"complete":1,"y":[1,[],{}]}},"flags":{}})",
       MessageKind::scrape_reply},
      {R"({"action":"announce","failure reason":"no","info_hash":"x"})", MessageKind::error},
      {R"({"failure reason":"no"})", MessageKind::error},
      {R"({"failure reason":"\\\"","x":[null,true,false,-1.5e+3,"]"]})", MessageKind::error},
      {"", {}},
      {"{}", {}},
      {"[]", {}},
      {R"({"action":"announce"})", {}},
      {R"({"action":"scrape"})", {}},
      {R"({"action":"connect","info_hash":"x"})", {}},
      {R"({"action":"announce","info_hash":"x"}x)", {}},
      {R"({"action":"announce","info_hash":"x)", {}},
      {R"({"action":"announce","info_hash":1})", {}},
      {R"({"action":"announce","info_hash":"x","offer":{}})", {}},
      {R"({"action":"announce","info_hash":"x","offer":1})", {}},
      {R"({"action": "announce","info_hash":"x"})", {}},  // a blank: not compact
      {R"({"failure reason":"\"})", {}},
      {R"({"failure reason":"x",})", {}},
      {R"({"failure reason":})", {}},
  };
  for (const Case& c : cases) {
    const auto message = parse_compact(c.json);
    EXPECT_EQ(message ? std::optional(message->kind) : std::nullopt, c.kind) << c.json;
  }
  std::string deep = R"({"failure reason":)";
  deep.append(100, '[').append(100, ']') += '}';
  EXPECT_FALSE(parse_compact(deep));
}

TEST(ParseCompact, Parts) {
  const auto message =
      parse_compact(R"({"action":"announce","offer":{"type":"offer","x":"y","sdp":"v=0\r\n"},)"
                    R"("offer_id":"\"i","peer_id":"p\\","info_hash":"x"})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->sdp, R"(v=0\r\n)");
  EXPECT_EQ(message->offer_id, R"("\"i")");
  EXPECT_EQ(message->peer_id, R"("p\\")");
  EXPECT_EQ(message->info_hash, R"("x")");
}

std::optional<std::string> canonical(std::string_view json) {
  std::vector<std::byte> bytes(json.size() + gyre::ws::message_padding);
  std::memcpy(bytes.data(), json.data(), json.size());
  Canonicalizer canonicalizer;
  const auto text = canonicalizer.canonical(std::span(bytes).first(json.size()));
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

TEST(Canonicalizer, WritesAsJsonStringifyDoes) {
  EXPECT_EQ(canonical(R"( { "b" : [ 1 , -2.5, "\u00e9\u001F\/\u0022", {} , [] ], "a": null } )"),
            "{\"b\":[1,-2.5,\"\xc3\xa9\\u001f/\\\"\",{},[]],\"a\":null}");
  EXPECT_EQ(canonical(R"("\b\f\n\r\t\\\u0000\u007f")"), "\"\\b\\f\\n\\r\\t\\\\\\u0000\x7f\"");
  EXPECT_FALSE(canonical("{"));
  EXPECT_FALSE(canonical(std::string(100, '[') + std::string(100, ']')));
}

// Three connections: 0 and 1 are in a swarm together, 2 is in another one.
class Verifying : public testing::Test {
 protected:
  static Config config() {
    Config config;
    config.num_connections_per_worker = 64;
    config.torrents.number_of_torrents = 2;
    return config;
  }
  std::uint32_t first_in(std::uint32_t torrent, std::uint32_t from = 0) const {
    while (!participants_[from].is_in(torrent)) ++from;
    return from;
  }

  ReceivedMessage message(MessageKind kind, std::uint32_t sender, OfferNumber offer) {
    const Participant& participant = participants_[sender];
    const auto digits = digits_of(offer);
    peer_id_ = peer_id_json(sender);
    offer_id_ = std::string(offer_id_prefix).append(digits.data(), digits.size()) + '"';
    sdp_ = (participant.description.before + std::string(digits.data(), digits.size())) +
           participant.description.after;
    return {.kind = kind,
            .info_hash = participant.swarms.front().info_hash_json,
            .peer_id = peer_id_,
            .offer_id = offer_id_,
            .sdp = sdp_};
  }

  std::vector<Participant> participants_ = make_participants(config());
  Verifier verifier_{participants_, 10};
  std::uint32_t one_ = first_in(0);
  std::uint32_t other_ = first_in(0, one_ + 1);
  std::uint32_t stranger_ = first_in(1);
  std::string peer_id_, offer_id_, sdp_;
};

TEST_F(Verifying, WhatIsRight) {
  const OfferNumber offer{.connection = one_, .announce = 5, .index = 9};
  const auto received = verifier_.verify(message(MessageKind::offer, one_, offer), other_);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->offer, offer);
  const auto answered = verifier_.verify(message(MessageKind::answer, other_, offer), one_);
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->offer, offer);
  EXPECT_TRUE(verifier_.verify(message(MessageKind::reply, one_, offer), one_));
}

TEST_F(Verifying, WhatIsWrong) {
  const OfferNumber offer{.connection = one_, .announce = 5, .index = 9};
  const auto fault = [&](const ReceivedMessage& message, std::uint32_t to) {
    const auto verified = verifier_.verify(message, to);
    return verified ? Count::count : verified.error();
  };
  EXPECT_EQ(fault(message(MessageKind::reply, one_, offer), stranger_), Count::wrong_swarm);
  EXPECT_EQ(fault(message(MessageKind::offer, one_, offer), stranger_), Count::wrong_swarm);
  EXPECT_EQ(fault(message(MessageKind::offer, one_, offer), one_), Count::wrong_peer);
  EXPECT_EQ(fault(message(MessageKind::offer, other_, offer), one_), Count::wrong_peer);
  EXPECT_EQ(fault(message(MessageKind::answer, one_, offer), other_), Count::foreign_answer);

  auto from_a_stranger = message(MessageKind::offer, stranger_, {.connection = stranger_});
  from_a_stranger.info_hash = participants_[one_].swarms.front().info_hash_json;
  EXPECT_EQ(fault(from_a_stranger, one_), Count::wrong_swarm);
  auto from_nobody = message(MessageKind::offer, one_, offer);
  from_nobody.peer_id = R"("-GY0001-000000000040")";
  EXPECT_EQ(fault(from_nobody, other_), Count::wrong_peer);

  auto with_another_offer = message(MessageKind::offer, one_, offer);
  with_another_offer.offer_id = R"("x")";
  EXPECT_EQ(fault(with_another_offer, other_), Count::malformed);
  const OfferNumber beyond{.connection = one_, .announce = 5, .index = 10};
  EXPECT_EQ(fault(message(MessageKind::offer, one_, beyond), other_), Count::malformed);

  auto damaged = message(MessageKind::offer, one_, offer);
  sdp_[700] ^= 1;
  EXPECT_EQ(fault(damaged, other_), Count::damaged_sdp);
  damaged = message(MessageKind::offer, one_, offer);
  damaged.sdp = std::string_view(sdp_).substr(1);
  EXPECT_EQ(fault(damaged, other_), Count::damaged_sdp);
  // The SDP of another offer of the same peer.
  std::string of_another = sdp_;
  of_another[participants_[one_].description.before.size() + 15] ^= 1;
  damaged.sdp = of_another;
  EXPECT_EQ(fault(damaged, other_), Count::damaged_sdp);
}

TEST(SentOffers, EachIsAnsweredOnce) {
  SentOffers sent;
  EXPECT_EQ(sent.add(0, 64, 100), 0U);
  EXPECT_EQ(sent.answer({.announce = 0, .index = 63}).value(), 100U);
  EXPECT_EQ(sent.answer({.announce = 0, .index = 63}).error(), Count::repeated_answer);
  EXPECT_EQ(sent.answer({.announce = 1, .index = 0}).value(), std::nullopt);
  for (std::uint32_t announce = 1; announce < 32; ++announce) {
    EXPECT_EQ(sent.add(announce, 2, 200), 0U);
  }
  EXPECT_EQ(sent.add(32, 0, 300), 63U);
  EXPECT_EQ(sent.answer({.announce = 0, .index = 0}).value(), std::nullopt);
  EXPECT_EQ(sent.clear(), 62U);
  EXPECT_EQ(sent.clear(), 0U);
}

TEST(Upgrade, Responses) {
  const std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  const std::string status_line = "HTTP/1.1 101 Switching Protocols\r\n";
  const std::string extensions = "sec-websocket-extensions: permessage-deflate";
  const std::string deflate = extensions + "; server_no_context_takeover\r\n";
  constexpr auto refused = std::unexpected(Count::upgrades_refused);
  struct Case {
    std::string response;
    bool deflate_offered;
    std::expected<bool, Count> expected;
  };
  for (const auto& [response, deflate_offered, expected] :
       std::vector<Case>{{status_line + "Upgrade: websocket\r\n" + accept, true, false},
                         {status_line + accept + deflate, true, true},
                         {status_line + accept + deflate, false, refused},
                         {status_line + accept + extensions + "\r\n", true, refused},
                         {status_line, true, refused},
                         {status_line + "Sec-WebSocket-Accept: x\r\n", true, refused},
                         {"HTTP/1.1 403 Forbidden\r\n" + accept, true, refused}}) {
    http1::ResponseHead head;
    const std::string text = response + "\r\n";
    ASSERT_TRUE(http1::parse_response_head(text, head));
    EXPECT_EQ(deflate_agreed(head, deflate_offered), expected) << response;
  }
}

}  // namespace
}  // namespace gyre::load_test::ws
