// The kind of request of a target.
#include <gtest/gtest.h>

#include "http/protocol.hpp"

namespace gyre::http {
namespace {

using enum TargetKind;

struct Case {
  std::string_view target;
  TargetKind kind;
  std::string_view query = {};
};

const Case cases[] = {
    {"/announce", announce},
    {"/announce?", announce},
    {"/announce?a=b", announce, "a=b"},
    {"/announce?a=b?c=d", announce, "a=b?c=d"},
    {"/announce ?a=b", announce, "a=b"},
    {"/announce%20?a=b", announce, "a=b"},
    {"/announce/?a=b", announce, "a=b"},
    {"/announce&a=b&c=d", announce, "a=b&c=d"},
    {"/announce.php?a=b", announce, "a=b"},
    {"/announce.php?passkey=1&a=b", announce, "passkey=1&a=b"},
    {"//announce?a=b", announce, "a=b"},
    {"/x/announce?a=b", announce, "a=b"},
    {"/0123456789abcdef/announce?a=b", announce, "a=b"},
    {"/announce/0123456789abcdef?a=b", announce, "a=b"},
    {"/Announce?a=b", announce, "a=b"},
    {"/tracker-announce?a=b", announce, "a=b"},
    {"announce?a=b", announce, "a=b"},
    {"/scrape?a=b", scrape, "a=b"},
    {"/scrape", scrape},
    {"/scrape.php?a=b", scrape, "a=b"},
    {"/x/scrape?a=b", scrape, "a=b"},
    {"//scrape ?a=b", scrape, "a=b"},
    {"/SCRAPE?a=b", scrape, "a=b"},
    {"/announce/scrape?a=b", scrape, "a=b"},
    {"/scrape/announce?a=b", announce, "a=b"},
    {"http://tracker.example/announce?a=b", announce, "a=b"},
    {"HTTP://tracker.example:80/scrape?a=b", scrape, "a=b"},
    {"https://announce.example/x?a=b", page, "a=b"},
    {"https://tracker.example", page},
    {"https://tracker.example?info_hash=b", announce, "info_hash=b"},
    // Anything with an info_hash was meant as an announce.
    {"/?info_hash=b", announce, "info_hash=b"},
    {"/stats?a=b&info_hash=c", announce, "a=b&info_hash=c"},
    {"/stats?info%5fhash=c", announce, "info%5fhash=c"},
    {"/scraper?info_hash=c", announce, "info_hash=c"},
    {"/", page},
    {"/?", page},
    {"/stats", page},
    {"/stats?mode=announce", page, "mode=announce"},
    {"/favicon.ico", page},
    {"/announcements", page},
    {"/announce2", page},
    {"/scrapes", page},
    {"/announ", page},
    {"*", page},
    {"/info_hash=b", page},
};

TEST(Target, IsRecognisedByItsEndOrInfoHash) {
  for (const Case& row : cases) {
    SCOPED_TRACE(row.target);
    const Target target = parse_target(row.target);
    EXPECT_EQ(target.kind, row.kind);
    EXPECT_EQ(target.query, row.query);
  }
}

TEST(Target, PagesKeepTheirPath) {
  EXPECT_EQ(parse_target("/health").path, "/health");
  EXPECT_EQ(parse_target("/health?x=1").path, "/health");
  EXPECT_EQ(parse_target("http://tracker.example/health").path, "/health");
  EXPECT_EQ(parse_target("http://tracker.example").path, "/");
}

}  // namespace
}  // namespace gyre::http
