#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "load-test/http/response_check.hpp"

namespace gyre::load_test::http {
namespace {

using namespace std::string_literals;

const std::string two_peers = "12:\x7f\0\0\1\x1a\xe1\x7f\0\0\2\x1a\xe1"s;
const std::string one_peer6 = "18:"s + std::string(16, '\x20') + "\x1a\xe1";
const std::string no_port = "6:\x7f\0\0\1\0\0"s;

TEST(ResponseBody, OfAnnounces) {
  struct Case {
    std::string text;
    std::expected<BodyFacts, Count> expected;
    std::int32_t peers_wanted = -1;
  };
  const auto peers = [](std::uint64_t count) { return BodyFacts{.peer_count = count}; };
  const auto malformed = std::unexpected(Count::malformed_body);
  const auto implausible = std::unexpected(Count::implausible_peers);
  const std::vector<Case> cases = {
      {"d5:peers0:e", peers(0)},
      {"d8:completei1e10:incompletei1e8:intervali1800e5:peers" + two_peers + "e", peers(2)},
      {"d5:peers" + two_peers + "6:peers6" + one_peer6 + "e", peers(3)},
      {"d5:peers" + two_peers + "e", peers(2), 2},
      {"d5:peersld2:ip9:127.0.0.14:porti1eeee", peers(1)},
      {"d14:failure reason4:nonee", BodyFacts{.failure = true}},
      {"d5:peers0:5:extrald1:ai-1eeee", peers(0)},
      {"d5:peers" + two_peers + "e", implausible, 1},
      {"d8:completei1e10:incompletei0e5:peers" + two_peers + "e", implausible},
      {"d5:peers" + no_port + "e", implausible},
      {"", malformed},
      {"de", malformed},
      {"d6:peers60:e", malformed},
      {"d5:peers0:", malformed},
      {"d5:peers0:ee", malformed},
      {"d5:peers5:abcdee", malformed},
      {"d5:peers6:abcde", malformed},
      {"d5:peersi1ee", malformed},
      {"d5:peersli1eee", malformed},
      {"d8:intervali-1e5:peers0:e", malformed},
      {"d8:interval1:15:peers0:e", malformed},
      {"d14:failure reasoni1ee", malformed},
      {"l5:peers0:e", malformed},
      {"di1e5:peers0:e", malformed},
      {"d1:ai01e5:peers0:e", malformed},
      {"d1:ai-0e5:peers0:e", malformed},
      {"d1:aie5:peers0:e", malformed},
      {"d01:a0:5:peers0:e", malformed},
      {"d5:peers99999999999999999999:e", malformed},
      {"d5:peers0:1:a" + std::string(100, 'l') + std::string(100, 'e') + "e", malformed},
  };
  for (const Case& c : cases) {
    const auto facts = check_body(c.text, Kind::announce, c.peers_wanted);
    ASSERT_EQ(facts.has_value(), c.expected.has_value()) << c.text;
    if (facts) {
      EXPECT_EQ(facts->failure, c.expected->failure) << c.text;
      EXPECT_EQ(facts->peer_count, c.expected->peer_count) << c.text;
    } else {
      EXPECT_EQ(facts.error(), c.expected.error()) << c.text;
    }
  }
}

TEST(ResponseBody, OfScrapes) {
  EXPECT_TRUE(check_body("d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1eeee", Kind::scrape, -1));
  EXPECT_TRUE(check_body("d5:filesdee", Kind::scrape, -1));
  EXPECT_TRUE(check_body("d14:failure reason2:noe", Kind::scrape, -1)->failure);
  for (const std::string_view text : {"d5:peers0:e", "d5:filesi1ee", "d5:filesde"}) {
    EXPECT_EQ(check_body(text, Kind::scrape, -1).error(), Count::malformed_body) << text;
  }
}

}  // namespace
}  // namespace gyre::load_test::http
