#include "ws/handler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace gyre::ws {
namespace {

constexpr SipKey secret{1, 2};
const Ipv4Address ipv4{};
const Ipv6Address ipv6{};

template <class Id>
Id id_of(char letter) {
  Id id;
  id.bytes.fill(static_cast<std::byte>(letter));
  return id;
}
const auto torrent = id_of<InfoHash>('T');
const auto other_torrent = id_of<InfoHash>('U');

ConnectionRef connection(std::uint32_t number) {
  return {.index = number, .generation = 1, .worker = 0};
}
Sender sender(std::uint32_t number, ClientAddress address = ipv4) {
  return {connection(number), address};
}

struct Sent {
  std::uint32_t to = 0;
  WorkerCounter kind = WorkerCounter::sent_announce;
  std::string text;
  bool operator==(const Sent&) const = default;
};

class Post final : public MessageSink {
 public:
  void send(const ConnectionRef& to, WorkerCounter kind, Parts parts) override {
    sent.push_back({to.index, kind, ""});
    for (const std::string_view part : parts) sent.back().text += part;
  }
  void probe(const ConnectionRef& to) override { probed.push_back(to.index); }

  std::vector<Sent> sent;
  std::vector<std::uint32_t> probed;
};

struct Offers {
  std::vector<std::string> texts;
  std::vector<Description> offers;
  explicit Offers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      texts.push_back("{\"sdp\":\"" + std::to_string(i) + "\"}");
      texts.push_back("\"id" + std::to_string(i) + "\"");
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& id = texts[2 * i + 1];
      offers.push_back({.json = texts[2 * i],
                        .offer_id_json = id,
                        .offer_id = std::string_view(id).substr(1, id.size() - 2)});
    }
  }
};

class HandlerTest : public ::testing::Test {
 protected:
  Post post;
  WorkerMetrics metrics;
  swarm::Budget budget;
  ProtocolConfig protocol;
  std::unique_ptr<Swarms> swarms;
  std::unique_ptr<ExpectedAnswers> expected;
  std::unique_ptr<Handler> handler = make({});

  std::unique_ptr<Handler> make(const ProtocolConfig& settings, const LimitsConfig& limits = {}) {
    protocol = settings;
    swarms = std::make_unique<Swarms>(secret, limits, nullptr, budget);
    expected = std::make_unique<ExpectedAnswers>(secret, 120, 1 << 22);
    return std::make_unique<Handler>(protocol, *swarms, *expected, Random(1), post, metrics);
  }

  // The messages that this causes.
  std::vector<Sent> announce(std::uint32_t number, Announce announce, std::size_t offers = 0,
                             std::uint32_t offers_max = 100) {
    return announce_from(sender(number), static_cast<char>('a' + number), announce, offers,
                         offers_max);
  }
  std::vector<Sent> announce_from(const Sender& from, char peer, Announce announce,
                                  std::size_t offer_count = 0, std::uint32_t offers_max = 100) {
    const Offers offers(offer_count);
    announce.info_hash = announce.info_hash == InfoHash{} ? torrent : announce.info_hash;
    announce.peer_id = id_of<PeerId>(peer);
    announce.offers = offers.offers;
    post.sent.clear();
    handler->announce(from, announce, offers_max);
    return post.sent;
  }
  std::vector<Sent> answer(std::uint32_t from, char peer, char to_peer, std::string_view offer_id,
                           InfoHash info_hash = torrent) {
    post.sent.clear();
    handler->answer(sender(from), {.info_hash = info_hash,
                                   .peer_id = id_of<PeerId>(peer),
                                   .to_peer_id = id_of<PeerId>(to_peer),
                                   .answer = {.json = R"({"sdp":"answer"})",
                                              .offer_id_json = R"("id")",
                                              .offer_id = offer_id}});
    return post.sent;
  }
  std::uint64_t counted(Counter counter) {
    return metrics.counters.value(2 * static_cast<std::size_t>(counter));
  }
};

TEST_F(HandlerTest, RepliesWithCountsAndInterval) {
  announce(1, {.is_seeder = true});
  const auto sent = announce(2, {});
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, 2U);
  EXPECT_EQ(sent[0].text, R"({"complete":1,"incomplete":1,"action":"announce","interval":120,)"
                          R"("info_hash":"TTTTTTTTTTTTTTTTTTTT"})");
}

TEST_F(HandlerTest, RepliesThenRelaysEachOfferToAnotherPeer) {
  for (std::uint32_t i = 1; i <= 5; ++i) announce(i, {});
  const auto sent = announce(6, {}, 4);
  ASSERT_EQ(sent.size(), 5U);
  EXPECT_EQ(sent[0].kind, WorkerCounter::sent_announce);
  std::vector<std::uint32_t> receivers;
  for (std::size_t i = 1; i < sent.size(); ++i) {
    receivers.push_back(sent[i].to);
    EXPECT_EQ(sent[i].kind, WorkerCounter::sent_offer);
    const std::string number = std::to_string(i - 1);
    EXPECT_EQ(sent[i].text, R"({"action":"announce","offer":{"sdp":")" + number +
                                R"("},"offer_id":"id)" + number +
                                R"(","peer_id":"gggggggggggggggggggg",)"
                                R"("info_hash":"TTTTTTTTTTTTTTTTTTTT"})");
  }
  std::ranges::sort(receivers);
  EXPECT_EQ(std::ranges::adjacent_find(receivers), receivers.end());
  EXPECT_EQ(std::ranges::find(receivers, 6U), receivers.end());
}

TEST_F(HandlerTest, BoundsOffersByPeersRateAndMaximum) {
  handler = make({.max_offers = 3});
  for (std::uint32_t i = 1; i <= 2; ++i) announce(i, {});
  EXPECT_EQ(announce(9, {}, 3).size(), 1U + 2);
  EXPECT_EQ(counted(Counter::offers_without_peer), 1U);
  for (std::uint32_t i = 3; i <= 8; ++i) announce(i, {});
  EXPECT_EQ(announce(9, {}, 5).size(), 1U + 3);
  EXPECT_EQ(announce(9, {}, 3, 2).size(), 1U + 2);
  EXPECT_EQ(announce(9, {}, 3, 0).size(), 1U);
  EXPECT_EQ(counted(Counter::offers_relayed), 2U + 3 + 2);
}

TEST_F(HandlerTest, RelaysOffersOfSeedersToLeechersOnly) {
  for (std::uint32_t i = 1; i <= 4; ++i) announce(i, {.is_seeder = true});
  announce(5, {});
  const auto sent = announce(6, {.is_seeder = true}, 4);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].to, 5U);
}

TEST_F(HandlerTest, CompletedJoinsAsASeeder) {
  announce(1, {.event = AnnounceEvent::completed});
  EXPECT_EQ(handler->scrape(torrent).seeder_count, 1U);
  EXPECT_EQ(handler->scrape(torrent).completed_count, 0U);
  announce(2, {.event = AnnounceEvent::started});
  announce(2, {.event = AnnounceEvent::completed});
  announce(2, {.event = AnnounceEvent::completed});
  EXPECT_EQ(handler->scrape(torrent).seeder_count, 2U);
  EXPECT_EQ(handler->scrape(torrent).completed_count, 1U);
}

TEST_F(HandlerTest, StoppedGetsCountsAndIsRemoved) {
  announce(1, {});
  announce(2, {});
  const auto sent = announce(2, {.event = AnnounceEvent::stopped}, 3);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_NE(sent[0].text.find(R"("incomplete":1)"), std::string::npos);
  EXPECT_EQ(announce(2, {.event = AnnounceEvent::stopped}).size(), 1U);
  EXPECT_EQ(handler->scrape(torrent).leecher_count, 1U);
}

TEST_F(HandlerTest, RelaysAnAnswerToTheOffererOnce) {
  announce(1, {});
  announce(2, {}, 1);
  const auto sent = answer(1, 'b', 'c', "id0");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0], (Sent{2, WorkerCounter::sent_answer,
                           R"({"action":"announce","answer":{"sdp":"answer"},"offer_id":"id",)"
                           R"("peer_id":"bbbbbbbbbbbbbbbbbbbb",)"
                           R"("info_hash":"TTTTTTTTTTTTTTTTTTTT"})"}));
  EXPECT_EQ(answer(1, 'b', 'c', "id0")[0].kind, WorkerCounter::sent_failure);
}

TEST_F(HandlerTest, RefusesUnexpectedAnswers) {
  announce(1, {});
  announce(3, {.info_hash = other_torrent});
  announce(2, {}, 1);  // c offers to b
  struct Case {
    std::uint32_t from;
    char peer;
    char to_peer;
    std::string_view offer_id;
    InfoHash info_hash;
  };
  const Case cases[] = {
      {1, 'b', 'c', "id1", torrent},        // no such offer
      {1, 'b', 'x', "id0", torrent},        // offered by another peer
      {1, 'x', 'c', "id0", torrent},        // by an unknown peer
      {3, 'b', 'c', "id0", torrent},        // by another connection under its peer_id
      {3, 'd', 'c', "id0", torrent},        // by a peer of another swarm
      {1, 'b', 'c', "id0", other_torrent},  // for another swarm
  };
  for (const Case& wrong : cases) {
    const auto sent =
        answer(wrong.from, wrong.peer, wrong.to_peer, wrong.offer_id, wrong.info_hash);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to, wrong.from);
    EXPECT_EQ(sent[0].kind, WorkerCounter::sent_failure);
  }
  EXPECT_EQ(answer(1, 'b', 'c', "id0")[0].to, 2U);
}

TEST_F(HandlerTest, RefusesAnswersToOfferersThatAreGone) {
  announce(1, {});
  announce(2, {}, 1);
  handler->forget(connection(2));
  announce(4, {});  // in its place
  const auto sent = answer(1, 'b', 'c', "id0");
  EXPECT_EQ(sent[0].kind, WorkerCounter::sent_failure);
  EXPECT_EQ(counted(Counter::failure_offerer_gone), 1U);
}

TEST_F(HandlerTest, ExpectsAnswersForALimitedTime) {
  announce(1, {});
  announce(2, {}, 1);
  handler->set_time(500);
  EXPECT_EQ(answer(1, 'b', 'c', "id0")[0].kind, WorkerCounter::sent_failure);
}

TEST_F(HandlerTest, AnswersDoNotChangeThePeer) {
  announce(1, {.is_seeder = true});
  announce(2, {}, 1);
  answer(1, 'b', 'c', "id0");
  EXPECT_EQ(handler->scrape(torrent).seeder_count, 1U);
}

TEST_F(HandlerTest, SamePeerIdDoesNotReplaceThePeer) {
  announce_from(sender(1), 'a', {});
  announce_from(sender(2), 'a', {}, 1);
  EXPECT_EQ(post.probed, std::vector<std::uint32_t>{1});
  announce_from(sender(2), 'a', {.event = AnnounceEvent::stopped});
  announce_from(sender(3), 'a', {});
  handler->forget(connection(3));
  EXPECT_EQ(handler->scrape(torrent).leecher_count, 1U);
  const auto sent = announce_from(sender(4), 'b', {}, 1);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].to, 1U);
}

TEST_F(HandlerTest, FamiliesShareSwarmsUnlessSeparated) {
  for (const bool together : {true, false}) {
    handler = make({.peers_of_both_families = together});
    announce_from(sender(1, ipv4), 'a', {});
    const auto sent = announce_from(sender(2, ipv6), 'b', {}, 1);
    EXPECT_EQ(sent.size(), together ? 2U : 1U);
    EXPECT_EQ(handler->scrape(torrent).leecher_count, 2U);
  }
}

TEST_F(HandlerTest, RefusesAndRemovesDisallowedTorrents) {
  announce(1, {});
  announce(2, {.info_hash = other_torrent});
  auto list = swarm::AccessList::parse(AccessMode::deny, to_hex(torrent) + "\n", secret);
  ASSERT_TRUE(list);
  handler->set_access_list(std::make_shared<const swarm::AccessList>(std::move(*list)));
  for (int i = 0; i < 100; ++i) handler->drop_disallowed(10);
  EXPECT_EQ(handler->swarms().peer_count(), 1U);
  const auto sent = announce(1, {}, 1);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].text, R"({"action":"announce","failure reason":"info_hash not allowed",)"
                          R"("info_hash":"TTTTTTTTTTTTTTTTTTTT","interval":120})");
  EXPECT_EQ(answer(1, 'b', 'c', "id0")[0].kind, WorkerCounter::sent_failure);
}

TEST_F(HandlerTest, FailuresQuoteTheMalformedInfoHash) {
  const auto reply_to = [this](const Failure& failure) {
    post.sent.clear();
    handler->refuse(connection(1), failure);
    return post.sent.at(0).text;
  };
  EXPECT_EQ(reply_to({.reason = "no"}), R"({"failure reason":"no","info_hash":""})");
  EXPECT_EQ(reply_to({.reason = "no", .action = announce_action}),
            R"({"action":"announce","failure reason":"no","info_hash":""})");
  EXPECT_EQ(
      reply_to({.reason = "no", .action = announce_action, .odd_info_hash_json = R"("\u0100")"}),
      R"({"action":"announce","failure reason":"no","info_hash":"\u0100"})");
  EXPECT_EQ(reply_to({.reason = "no", .action = scrape_action, .info_hash = torrent}),
            R"({"action":"scrape","failure reason":"no","info_hash":"TTTTTTTTTTTTTTTTTTTT"})");
}

TEST_F(HandlerTest, ExhaustedBudgetsAnswerButDoNotStore) {
  handler = make({}, {.max_peers_per_swarm = 2});
  announce(1, {});
  announce(2, {});
  const auto sent = announce(3, {}, 2);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].kind, WorkerCounter::sent_announce);
  EXPECT_EQ(counted(Counter::refused_swarm), 1U);
}

}  // namespace
}  // namespace gyre::ws
