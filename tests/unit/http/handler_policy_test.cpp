// Which response a request gets: refusals, proxies, families, options.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/bencode.hpp"
#include "tests/unit/http/handler_fixture.hpp"

namespace gyre::http {
namespace {

using namespace std::string_literals;
using gyre::test::Bencoded;
using gyre::test::BencodeReader;
using test::client;
using test::Response;
using test::Tracker;

constexpr std::string_view torrent = "aaaaaaaaaaaaaaaaaaaa";
constexpr std::string_view torrent_hex = "6161616161616161616161616161616161616161";

std::string announce(std::string_view more) {
  return "/announce?info_hash=" + std::string(torrent) + std::string(more);
}

Bencoded body_of(const Response& response) {
  const auto body = BencodeReader::read(response.body);
  EXPECT_TRUE(body) << response.body;
  return body.value_or(Bencoded{});
}

// The failure reason; empty if there is none.
std::string failure_in(const Response& response) {
  EXPECT_EQ(response.status, "200 OK");
  const Bencoded body = body_of(response);
  if (!body.has("failure reason")) return "";
  EXPECT_GE(body["interval"].integer, 1800);
  EXPECT_LE(body["interval"].integer, 1980);
  EXPECT_EQ(body["min interval"].integer, 900);
  return body["failure reason"].string;
}

struct FailureCase {
  const char* target;
  const char* phrase;
  Counter counter;
};

const FailureCase failures[] = {
    {"/announce", "no info_hash", Counter::failure_no_info_hash},
    {"/announce?", "no info_hash", Counter::failure_no_info_hash},
    {"/announce?port=6881&left=0", "no info_hash", Counter::failure_no_info_hash},
    {"/announce?info_hash=", "not 20 bytes", Counter::failure_malformed_info_hash},
    {"/announce?info_hash=abc", "not 20 bytes", Counter::failure_malformed_info_hash},
    {"/?info_hash=abc", "not 20 bytes", Counter::failure_malformed_info_hash},
    {"/scrape?info_hash=abc", "not 20 bytes", Counter::failure_malformed_info_hash},
    {"/scrape", "no info_hash", Counter::failure_full_scrape_off},
    {"/scrape?", "no info_hash", Counter::failure_full_scrape_off},
};

TEST(HttpFailures, HaveStatus200AndAReason) {
  for (const FailureCase& row : failures) {
    SCOPED_TRACE(row.target);
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      Tracker tracker;
      const auto response = tracker.get(row.target, family == Family::ipv4 ? "1.2.3.4" : "2a00::1");
      EXPECT_TRUE(failure_in(response).contains(row.phrase)) << response.body;
      EXPECT_FALSE(response.close);
      EXPECT_EQ(tracker.count(row.counter, family), 1U);
      EXPECT_EQ(tracker.count(Counter::response_failure, family), 1U);
      EXPECT_EQ(tracker.count(Counter::request_announce, family) +
                    tracker.count(Counter::request_scrape, family),
                1U);
    }
  }
}

struct AnnounceCase {
  const char* parameters;
  bool stored;
};

const AnnounceCase unusual[] = {
    {"", false},
    {"&port=0", false},
    {"&port=-1", false},
    {"&port=65536", false},
    {"&port=1", true},
    {"&port=6881&numwant=-1", true},
    {"&port=6881&numwant=99999999999999999999", true},
    {"&port=6881&numwant=many&left=-1&event=unknown", true},
    {"&port=6881&ipv4=None&ipv6=None&ip=", true},
    {"&port=6881&event=paused&left=5", true},
    {"&port=6881&event=completed&left=0", true},
    {"&port=6881&event=stopped", false},
    {"&port=6881&compact=0", true},
};

TEST(HttpAnnounce, OddRequestsAreAnswered) {
  for (const AnnounceCase& row : unusual) {
    SCOPED_TRACE(row.parameters);
    Tracker tracker;
    tracker.get(announce("&port=1000&left=0"), "1.1.1.1");
    const Bencoded body = body_of(tracker.get(announce(row.parameters), "2.2.2.2"));
    EXPECT_FALSE(body.has("failure reason"));
    const bool stopped = std::string_view(row.parameters).contains("stopped");
    const bool wants_data = !std::string_view(row.parameters).contains("left=0") &&
                            !std::string_view(row.parameters).contains("paused");
    const auto expected_peers = wants_data && !stopped ? "\x01\x01\x01\x01\x03\xe8"s : ""s;
    EXPECT_EQ(body["peers"].string, expected_peers);
    EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, row.stored ? 2U : 1U);
    EXPECT_EQ(tracker.count(Counter::announces_not_stored), row.stored || stopped ? 0U : 1U);
  }
}

TEST(HttpAnnounce, HeadChangesNothing) {
  Tracker tracker;
  tracker.get(announce("&port=1000&left=0"), "1.1.1.1");
  for (const char* event : {"started", "completed", "stopped"}) {
    const auto response =
        tracker.send("HEAD " + announce("&port=1000&left=5&event="s + event) + " HTTP/1.1\r\n\r\n",
                     client("1.1.1.1"));
    EXPECT_EQ(response.status, "200 OK");
    EXPECT_EQ(response.body, "");
    const auto totals = tracker.swarms.totals(Family::ipv4);
    EXPECT_EQ(totals.peer_count, 1U);
    EXPECT_EQ(totals.seeder_count, 1U) << event;
  }
}

std::shared_ptr<const swarm::AccessList> denied_torrent(const swarm::SwarmMaps& swarms) {
  auto list = swarm::AccessList::parse(AccessMode::deny, torrent_hex, swarms.hash_secret());
  return std::make_shared<const swarm::AccessList>(std::move(list.value()));
}

TEST(HttpRefusal, HasTheConfiguredForm) {
  for (const RefusalForm form :
       {RefusalForm::failure_reason, RefusalForm::retry_in_never, RefusalForm::gone}) {
    Tracker tracker({.refusal_form = form});
    tracker.handler.set_access_list(denied_torrent(tracker.swarms));
    const auto response = tracker.get(announce("&port=1&left=0"));
    EXPECT_EQ(tracker.count(Counter::failure_not_allowed), 1U);
    EXPECT_EQ(tracker.count(Counter::response_failure), 1U);
    EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, 0U);
    if (form == RefusalForm::gone) {
      EXPECT_EQ(response.status, "410 Gone");
      EXPECT_FALSE(response.close);
      continue;
    }
    EXPECT_TRUE(failure_in(response).starts_with("unregistered torrent"));
    EXPECT_EQ(body_of(response).has("retry in"), form == RefusalForm::retry_in_never);
  }
}

TEST(HttpRefusal, ScrapesAreZero) {
  Tracker tracker;
  tracker.get(announce("&port=1&left=0"));
  tracker.handler.set_access_list(denied_torrent(tracker.swarms));
  const Bencoded body = body_of(tracker.get("/scrape?info_hash=" + std::string(torrent)));
  EXPECT_EQ(body["files"][std::string(torrent)]["complete"].integer, 0);
}

TEST(HttpScrape, IsTruncatedToTheLimit) {
  Tracker tracker({.max_scrape_torrents = 2});
  std::string target = "/scrape?";
  for (const char c : {'d', 'c', 'b', 'a'}) target += "&info_hash=" + std::string(20, c);
  const auto files = body_of(tracker.get(target))["files"].dictionary;
  EXPECT_EQ(files.size(), 2U);
  EXPECT_TRUE(files.contains(std::string(20, 'd')));
  EXPECT_TRUE(files.contains(std::string(20, 'c')));
}

TEST(HttpScrape, AnswersAsManyAsARequestHolds) {
  Tracker tracker({.max_scrape_torrents = scrape_hashes_max});
  std::string target = "/scrape?x";
  std::size_t count = 0;
  while (target.size() + 31 + sizeof "GET  HTTP/1.1\r\nHost: t\r\n\r\n" < http1::head_size_max) {
    std::string hash(20, 'a');
    hash[0] = static_cast<char>('A' + count % 26);
    hash[1] = static_cast<char>('A' + count / 26);
    target += "&info_hash=" + hash;
    ++count;
  }
  EXPECT_GT(count, 250U);
  EXPECT_EQ(body_of(tracker.get(target))["files"].dictionary.size(), count);
}

TEST(HttpProxies, ProvideTheClientsAddress) {
  const std::vector<std::string> networks = {"10.0.0.0/8"};
  Tracker tracker({.address_header = {"X-Forwarded-For", http1::AddressFormat::list},
                   .trusted_networks = net::NetworkList::parse(networks).value()});
  const auto send = [&](const char* header, const std::optional<ClientAddress>& from) {
    return tracker.send("GET " + announce("&port=6881&left=0") + " HTTP/1.1\r\n" + header + "\r\n",
                        from);
  };
  const auto external_ip = [&](const Response& response) {
    return body_of(response)["external ip"].string;
  };
  EXPECT_EQ(external_ip(send("X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\n", client("10.0.0.1"))),
            "\x01\x02\x03\x04");
  EXPECT_EQ(external_ip(send("X-Forwarded-For: 1.2.3.4\r\n", client("11.0.0.1"))), "\x0b\0\0\x01"s);
  EXPECT_EQ(external_ip(send("X-Forwarded-For: 2a00::1\r\n", std::nullopt)).size(), 16U);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, 2U);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv6).peer_count, 1U);

  EXPECT_TRUE(failure_in(send("", client("10.0.0.1"))).contains("does not send your address"));
  EXPECT_EQ(tracker.count(WorkerCounter::no_address_header), 1U);
  EXPECT_TRUE(failure_in(send("X-Forwarded-For: me\r\n", client("10.0.0.1"))).contains("address"));
  EXPECT_EQ(tracker.count(WorkerCounter::malformed_address_header), 1U);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, 2U);
}

TEST(HttpProxies, UnixSocketWithoutProxyFails) {
  Tracker tracker;
  const auto response =
      tracker.send("GET " + announce("&port=6881") + " HTTP/1.1\r\n\r\n", std::nullopt);
  EXPECT_TRUE(failure_in(response).contains("your address is unknown"));
  EXPECT_EQ(tracker.count(WorkerCounter::no_client_address), 1U);
  EXPECT_EQ(tracker.send("GET / HTTP/1.1\r\n\r\n", std::nullopt).status, "200 OK");
}

// A tracker with peers of both families in one swarm, whose ports are 1000 and above.
struct DualTracker : Tracker {
  explicit DualTracker(const HandlerOptions& options, int ipv4_count, int ipv6_count)
      : Tracker(options) {
    for (int i = 0; i < ipv4_count; ++i) join("1.1.1." + std::to_string(i));
    for (int i = 0; i < ipv6_count; ++i) join("2a00::" + std::to_string(i));
  }
  void join(const std::string& from) { get(announce("&port=1000&left=5&numwant=0"), from); }
  // "IPv4 peers/IPv6 peers", the latter "-" if there is no such key.
  std::string peers_of(const char* from, const std::string& parameters) {
    const Bencoded body = body_of(get(announce(parameters), from));
    const std::string peers6 =
        body.has("peers6") ? std::to_string(body["peers6"].string.size() / 18) : "-";
    return std::to_string(body["peers"].string.size() / 6) + "/" + peers6;
  }
};

TEST(HttpFamilies, BothForClientsThatClaimBoth) {
  DualTracker tracker({.peers_of_both_families = PeersOfBothFamilies::if_announced}, 3, 2);
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=5"), "3/-");
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=5&ipv4=9.9.9.8"), "3/-");
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=5&ipv6=2a00::99"), "3/2");
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=5&ip=2a00::99"), "3/2");
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=5&ipv6=None"), "3/-");
  EXPECT_EQ(tracker.peers_of("2a00::99", "&left=5"), "0/2");
  EXPECT_EQ(tracker.peers_of("2a00::99", "&left=5&ipv4=9.9.9.9"), "3/2");
  EXPECT_EQ(tracker.peers_of("2a00::99", "&left=5&ipv6=2a00::98"), "0/2");
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&ipv6=2a00::99&event=stopped&port=5"), "0/-");
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=0&ipv6=2a00::99"), "3/2");
}

TEST(HttpFamilies, NeverOrAlways) {
  DualTracker never({.peers_of_both_families = PeersOfBothFamilies::never}, 3, 2);
  EXPECT_EQ(never.peers_of("9.9.9.9", "&left=5&ipv6=2a00::99"), "3/-");
  EXPECT_EQ(never.peers_of("2a00::99", "&left=5&ipv4=9.9.9.9"), "0/2");
  DualTracker always({.peers_of_both_families = PeersOfBothFamilies::always}, 3, 2);
  EXPECT_EQ(always.peers_of("9.9.9.9", "&left=5"), "3/2");
  EXPECT_EQ(always.peers_of("2a00::99", "&left=5"), "3/2");
  EXPECT_EQ(always.peers_of("9.9.9.9", "&left=5&numwant=0"), "0/-");
}

TEST(HttpFamilies, TogetherAreAtMostWanted) {
  DualTracker tracker(
      {.max_response_peers = 20, .peers_of_both_families = PeersOfBothFamilies::always}, 40, 40);
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=5"), "15/5");
  EXPECT_EQ(tracker.peers_of("2a00::99", "&left=5"), "5/15");
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=5&numwant=8"), "6/2");
  EXPECT_EQ(tracker.peers_of("9.9.9.9", "&left=5&numwant=1"), "1/-");
  EXPECT_EQ(tracker.count(Counter::peers_sent, Family::ipv4), 15U + 5U + 6U + 1U);
  EXPECT_EQ(tracker.count(Counter::peers_sent, Family::ipv6), 5U + 15U + 2U);
  DualTracker few({.max_response_peers = 20, .peers_of_both_families = PeersOfBothFamilies::always},
                  4, 40);
  EXPECT_EQ(few.peers_of("9.9.9.9", "&left=5"), "4/16");
  EXPECT_EQ(few.peers_of("2a00::99", "&left=5"), "4/16");
}

// A client that is stored under one family is never counted under the other.
TEST(HttpFamilies, CountsAreOfTheOwnFamily) {
  DualTracker tracker({.peers_of_both_families = PeersOfBothFamilies::always}, 3, 2);
  EXPECT_EQ(body_of(tracker.get(announce("&left=5"), "9.9.9.9"))["incomplete"].integer, 3);
  EXPECT_EQ(body_of(tracker.get(announce("&left=5"), "2a00::99"))["incomplete"].integer, 2);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv4).peer_count, 3U);
  EXPECT_EQ(tracker.swarms.totals(Family::ipv6).peer_count, 2U);
}

TEST(HttpOptions, DictionariesOnRequest) {
  DualTracker off({}, 2, 0);
  EXPECT_EQ(off.peers_of("9.9.9.9", "&left=5&compact=0"), "2/-");
  DualTracker on({.peers_of_both_families = PeersOfBothFamilies::always, .non_compact = true}, 1,
                 1);
  EXPECT_EQ(on.peers_of("9.9.9.9", "&left=5&compact=1"), "1/1");
  EXPECT_EQ(on.peers_of("9.9.9.9", "&left=5"), "1/1");
  const Bencoded body = body_of(on.get(announce("&left=5&compact=0"), "9.9.9.9"));
  ASSERT_EQ(body["peers"].list.size(), 2U);
  EXPECT_EQ(body["peers"].list[0]["ip"].string, "1.1.1.0");
  EXPECT_EQ(body["peers"].list[1]["ip"].string, "2a00::");
  EXPECT_EQ(body["peers"].list[1]["port"].integer, 1000);
  EXPECT_FALSE(body.has("peers6"));
}

TEST(HttpOptions, WarningTrackerIdAndExternalIp) {
  Tracker plain({.external_ip = false});
  const Bencoded without = body_of(plain.get(announce("&port=1")));
  for (const char* key : {"external ip", "tracker id", "warning message"}) {
    EXPECT_FALSE(without.has(key)) << key;
  }
  Tracker tracker({.warning_message = "moving soon", .tracker_id = "gyre-1"});
  const Bencoded body = body_of(tracker.get(announce("&port=1"), "2a00::1"));
  EXPECT_EQ(body["warning message"].string, "moving soon");
  EXPECT_EQ(body["tracker id"].string, "gyre-1");
  EXPECT_EQ(body["external ip"].string, "\x2a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"s);
  EXPECT_EQ(body["peers6"].string, "");
}

TEST(HttpOptions, EchoesALonePeer) {
  Tracker tracker({.echo_lone_peer = true});
  EXPECT_EQ(body_of(tracker.get(announce("&port=258&left=5"), "1.2.3.4"))["peers"].string,
            "\x01\x02\x03\x04\x01\x02");
  EXPECT_EQ(body_of(tracker.get(announce("&port=258&left=5&numwant=0"), "1.2.3.4"))["peers"].string,
            "");
  EXPECT_EQ(body_of(tracker.get(announce("&port=258&left=5"), "5.6.7.8"))["peers"].string,
            "\x01\x02\x03\x04\x01\x02");
  EXPECT_EQ(body_of(tracker.get(announce("&port=258&event=stopped"), "5.6.7.8"))["peers"].string,
            "");
}

TEST(HttpOptions, IntervalsCoverTheJitter) {
  Tracker tracker({.announce_interval_s = 100, .announce_jitter_s = 10});
  std::vector<std::int64_t> intervals;
  for (int i = 0; i < 500; ++i) {
    intervals.push_back(body_of(tracker.get(announce("&port=1")))["interval"].integer);
  }
  std::ranges::sort(intervals);
  EXPECT_EQ(intervals.front(), 100);
  EXPECT_EQ(intervals.back(), 110);
}

TEST(HttpOptions, LargestResponseFits) {
  DualTracker tracker({.max_response_peers = response_peers_max,
                       .non_compact = true,
                       .warning_message = std::string(operator_text_size_max, 'w'),
                       .tracker_id = std::string(operator_text_size_max, 't')},
                      0, 0);
  for (std::size_t i = 0; i < response_peers_max + 10; ++i) {
    tracker.get(announce("&port=65535&left=5&numwant=0"),
                "2aaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:" + std::to_string(1000 + i));
  }
  const auto list = body_of(tracker.get(announce("&compact=0"), "2a00::1"))["peers"].list;
  EXPECT_EQ(list.size(), response_peers_max);
  EXPECT_EQ(tracker.peers_of("2a00::1", ""), "0/" + std::to_string(response_peers_max));
}

TEST(HttpPolicy, AnAddressIsServedItsRateAndItsBurst) {
  Tracker tracker({.request_rate = {.per_second = 1}});  // 400 at once
  const auto ask = [&](std::string_view from, int count) {
    int served = 0;
    for (int i = 0; i < count; ++i) {
      const bool is_scrape = i % 2 == 1;
      const Response response = tracker.get(
          is_scrape ? "/scrape?info_hash=" + std::string(torrent) : announce("&port=1"), from);
      const bool is_refused = body_of(response).has("failure reason");
      served += is_refused ? 0 : 1;
      EXPECT_EQ(response.status, "200 OK");
      EXPECT_EQ(response.close, is_refused);
    }
    return served;
  };
  EXPECT_EQ(ask("203.0.113.1", 500), 400);
  EXPECT_EQ(ask("203.0.113.2", 500), 400);
  EXPECT_EQ(ask("2001:db8::1", 300), 300);
  EXPECT_EQ(ask("2001:db8::2", 300), 100) << "a /64 is one client";
  EXPECT_EQ(ask("127.0.0.1", 1000), 1000);
  EXPECT_EQ(ask("10.0.0.1", 1000), 1000);
  EXPECT_EQ(tracker.count(Counter::failure_over_rate), 200U);
  EXPECT_EQ(tracker.count(Counter::failure_over_rate, Family::ipv6), 200U);
  EXPECT_EQ(tracker.count(Counter::response_failure), 200U);
  EXPECT_EQ(tracker.get("/", "203.0.113.1").status, "200 OK") << "pages are not limited";
  tracker.handler.set_time(110);
  EXPECT_EQ(ask("203.0.113.1", 20), 10);
  const Bencoded refusal = body_of(tracker.get(announce("&port=1"), "203.0.113.1"));
  EXPECT_EQ(refusal["failure reason"].string, "too many requests from this address or its network");
  EXPECT_EQ(refusal["retry in"].integer, 5);
}

TEST(HttpCounters, RequestsEqualResponses) {
  Tracker tracker;
  tracker.handler.set_access_list(denied_torrent(tracker.swarms));
  const char* targets[] = {"/announce",
                           "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa",
                           "/announce?info_hash=bbbbbbbbbbbbbbbbbbbb&port=1",
                           "/scrape",
                           "/scrape?info_hash=aaaaaaaaaaaaaaaaaaaa",
                           "/scrape?info_hash=x"};
  for (const char* target : targets) tracker.get(target);
  EXPECT_EQ(tracker.count(Counter::request_announce), 3U);
  EXPECT_EQ(tracker.count(Counter::request_scrape), 3U);
  EXPECT_EQ(tracker.count(Counter::response_announce), 1U);
  EXPECT_EQ(tracker.count(Counter::response_scrape), 1U);
  EXPECT_EQ(tracker.count(Counter::response_failure), 4U);
}

TEST(HttpDenyLists, PeerIdsAreDecoded) {
  Tracker tracker;
  limits::DenyLists lists;
  lists.peer_ids = limits::PrefixList::parse_peer_ids("-XX01\n0x00ff").value();
  tracker.handler.set_deny_lists(std::make_shared<const limits::DenyLists>(std::move(lists)));
  const auto peers_of = [&](std::string_view peer_id) {
    return tracker.get(announce("&port=1&left=0&peer_id=" + std::string(peer_id))).body;
  };
  for (const auto* denied : {"-XX0100-123456789012", "%2dXX%30100-123456789012", "%00%FF0"}) {
    EXPECT_TRUE(peers_of(denied).contains(limits::denied_client_text)) << denied;
  }
  for (const auto* served : {"-XX1100-123456789012", "%00%FE0", "", "-XX0100-1234567890123"}) {
    EXPECT_FALSE(peers_of(served).contains("failure")) << served;
  }
  EXPECT_EQ(tracker.count(Counter::failure_denied_peer_id), 3U);
}

TEST(HttpInterval, MinIntervalFollowsInProportion) {
  std::atomic<Seconds> interval = 1800;
  Tracker tracker({.announce_jitter_s = 0, .adaptive_interval_s = &interval});
  const auto body = [&] { return tracker.get(announce("&port=1&left=0")).body; };
  EXPECT_TRUE(body().contains("8:intervali1800e12:min intervali900e"));
  interval = 5400;
  tracker.handler.set_time(101);
  EXPECT_TRUE(body().contains("8:intervali5400e12:min intervali2700e"));
}

}  // namespace
}  // namespace gyre::http
