// Announces and scrapes as a client sees them, from request bytes to response bytes.
#include <gtest/gtest.h>

#include "tests/unit/http/handler_fixture.hpp"

namespace gyre::http {
namespace {

using namespace std::string_literals;
using test::Tracker;

// Without jitter, so that responses are known byte by byte.
const HandlerOptions steady{.announce_jitter_s = 0};

constexpr std::string_view torrent = "aaaaaaaaaaaaaaaaaaaa";

std::string announce(std::string_view more) {
  return "/announce?info_hash=" + std::string(torrent) + std::string(more);
}

TEST(HttpHandler, ReturnsOtherPeers) {
  Tracker tracker(steady);
  const auto first = tracker.get(announce("&port=6881&left=0&compact=1"), "10.0.0.1");
  EXPECT_EQ(first.status, "200 OK");
  EXPECT_FALSE(first.close);
  EXPECT_EQ(first.body,
            "d8:completei1e10:downloadedi0e11:external ip4:\x0a\0\0\x01"s
            "10:incompletei0e8:intervali1800e12:min intervali900e5:peers0:e");
  const auto second = tracker.get(announce("&port=6882&left=5"), "10.0.0.2");
  EXPECT_EQ(second.body,
            "d8:completei1e10:downloadedi0e11:external ip4:\x0a\0\0\x02"s
            "10:incompletei1e8:intervali1800e12:min intervali900e5:peers6:\x0a\0\0\x01\x1a\xe1"
            "e"s);
}

TEST(HttpHandler, ScrapesInTheOrderOfInfoHashes) {
  Tracker tracker(steady);
  tracker.get(announce("&port=6881&left=5"));
  const auto response =
      tracker.get("/scrape?info_hash=bbbbbbbbbbbbbbbbbbbb&info_hash=aaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(response.body,
            "d5:filesd"
            "20:aaaaaaaaaaaaaaaaaaaad8:completei0e10:downloadedi0e10:incompletei1ee"
            "20:bbbbbbbbbbbbbbbbbbbbd8:completei0e10:downloadedi0e10:incompletei0ee"
            "e5:flagsd20:min_request_intervali900eee");
}

}  // namespace
}  // namespace gyre::http
