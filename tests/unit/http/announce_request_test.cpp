// Announces as clients write them: every odd form of a parameter, and its meaning.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/protocol.hpp"

namespace gyre::http {
namespace {

using namespace std::string_literals;

constexpr std::string_view info_hash = "info_hash=aaaaaaaaaaaaaaaaaaaa";

AnnounceRequest parsed(std::string_view query) {
  const std::vector<char> exact(query.begin(), query.end());
  const auto request = parse_announce({exact.data(), exact.size()});
  EXPECT_TRUE(request) << query;
  return request.value_or(AnnounceRequest{});
}

AnnounceRequest with(const std::string& more) {
  return parsed(std::string(info_hash) + more);
}

struct InfoHashCase {
  std::string value;
  const char* hex;  // nullptr: refused
};

const InfoHashCase info_hashes[] = {
    {"aaaaaaaaaaaaaaaaaaaa", "6161616161616161616161616161616161616161"},
    {"A%26U%C7%E7C%26%8D.%9D%E3%C0f%B8%BC%92%21%B2%CD%5B",
     "412655c7e743268d2e9de3c066b8bc9221b2cd5b"},
    {"A%26U%c7%e7C%26%8d.%9d%e3%c0f%b8%bc%92!%b2%cd%5b",
     "412655c7e743268d2e9de3c066b8bc9221b2cd5b"},
    {"%41%26%55%C7%e7%43%26%8D%2E%9d%E3%c0%66%B8%BC%92%21%b2%CD%5b",
     "412655c7e743268d2e9de3c066b8bc9221b2cd5b"},
    {"A%26U\xc7\xe7"
     "C%26\x8d.\x9d\xe3\xc0"
     "f\xb8\xbc\x92!\xb2\xcd[",
     "412655c7e743268d2e9de3c066b8bc9221b2cd5b"},
    {"%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00",
     "0000000000000000000000000000000000000000"},
    // A space as Go, Python and Java write it, or escaped, or raw.
    {"%B7v%0A%A1x%93%200%C8G%DC%DF%8E%AE%BFV%0A%1B%D1l",
     "b7760aa178932030c847dcdf8eaebf560a1bd16c"},
    {"%B7v%0A%A1x%93+0%C8G%DC%DF%8E%AE%BFV%0A%1B%D1l", "b7760aa178932030c847dcdf8eaebf560a1bd16c"},
    {"++++++++++ ++++++++%2b", "202020202020202020202020202020202020202b"},
    {"++++++++++++++++++++", "2020202020202020202020202020202020202020"},
    {"%%%%%%%%%%%%%%%%%zz%", "25252525252525252525252525252525257a7a25"},
    {"aaaaaaaaaa;bbbbbbbbb", "616161616161616161613b626262626262626262"},
    {"aaaaaaaaaa=bbbbbbbbb", "616161616161616161613d626262626262626262"},
    {"aaaaaaaaaa?bbbbbbbbb", "616161616161616161613f626262626262626262"},
    // In hex digits, and those of BEP 52.
    {"412655c7e743268d2e9de3c066b8bc9221b2cd5b", "412655c7e743268d2e9de3c066b8bc9221b2cd5b"},
    {"412655C7E743268D2E9DE3C066B8BC9221B2CD5B", "412655c7e743268d2e9de3c066b8bc9221b2cd5b"},
    {"aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbb", "6161616161616161616161616161616161616161"},
    {"412655c7e743268d2e9de3c066b8bc9221b2cd5b000000000000000000000000",
     "412655c7e743268d2e9de3c066b8bc9221b2cd5b"},
    {"", nullptr},
    {"aaaaaaaaaaaaaaaaaaa", nullptr},
    {"aaaaaaaaaaaaaaaaaaaaa", nullptr},
    {"%zzaaaaaaaaaaaaaaaaaaa", nullptr},
    {"412655c7e743268d2e9de3c066b8bc9221b2cd5", nullptr},
    {"g12655c7e743268d2e9de3c066b8bc9221b2cd5b", nullptr},
    {"412655c7e743268d2e9de3c066b8bc9221b2cd5b0", nullptr},
    {std::string(65, 'a'), nullptr},
    {std::string(8000, 'a'), nullptr},
};

TEST(AnnounceRequest, InfoHash) {
  for (const InfoHashCase& row : info_hashes) {
    SCOPED_TRACE(row.value);
    const auto request = parse_announce("port=1&info_hash=" + row.value + "&left=0");
    ASSERT_EQ(request.has_value(), row.hex != nullptr);
    if (request) {
      EXPECT_EQ(to_hex(request->info_hash), row.hex);
      EXPECT_EQ(request->port, 1);
      EXPECT_EQ(request->bytes_left, 0U);
    } else {
      EXPECT_EQ(request.error(), RequestError::malformed_info_hash);
    }
  }
}

TEST(AnnounceRequest, WithoutInfoHash) {
  for (const std::string_view query : {"", "&", "port=1", "infohash=aaaaaaaaaaaaaaaaaaaa",
                                       "Info_Hash=aaaaaaaaaaaaaaaaaaaa", "peer_id=info_hash"}) {
    SCOPED_TRACE(query);
    const auto request = parse_announce(query);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error(), RequestError::no_info_hash);
  }
}

TEST(AnnounceRequest, LastOfRepeatedCounts) {
  EXPECT_EQ(to_hex(with("&info_hash=bbbbbbbbbbbbbbbbbbbb").info_hash),
            "6262626262626262626262626262626262626262");
  EXPECT_EQ(with("&port=1&port=2").port, 2);
  EXPECT_EQ(with("&left=0&left=").bytes_left, std::nullopt);
}

TEST(AnnounceRequest, Defaults) {
  const AnnounceRequest request = parsed(info_hash);
  EXPECT_EQ(request.bytes_left, std::nullopt);
  EXPECT_EQ(request.event, AnnounceEvent::none);
  EXPECT_EQ(request.peers_wanted, std::nullopt);
  EXPECT_EQ(request.port, 0);
  EXPECT_TRUE(request.compact);
  EXPECT_FALSE(request.has_ipv4);
  EXPECT_FALSE(request.has_ipv6);
}

template <class Value>
struct ValueCase {
  const char* value;
  Value meaning;
};

const ValueCase<std::uint16_t> ports[] = {
    {"6881", 6881},   {"1", 1},         {"1023", 1023},         {"65535", 65535},
    {"006881", 6881}, {"%36881", 6881}, {"%36%38%38%31", 6881}, {"0", 0},
    {"", 0},          {"-1", 0},        {"65536", 0},           {"99999999999999999999", 0},
    {"6881.0", 0},    {"0x1ae1", 0},    {"+6881", 0},           {" 6881", 0},
    {"6881%20", 0},   {"port", 0},
};

TEST(AnnounceRequest, Port) {
  for (const auto& [value, meaning] : ports) {
    EXPECT_EQ(with("&port="s + value).port, meaning) << value;
  }
}

const ValueCase<std::optional<std::uint64_t>> lefts[] = {
    {"0", 0U},
    {"00", 0U},
    {"1", 1U},
    {"16384", 16384U},
    {"9223372036854775807", 0x7fffffffffffffffU},
    {"18446744073709551615", 0xffffffffffffffffU},
    {"18446744073709551616", std::nullopt},
    {"-1", std::nullopt},
    {"-0", std::nullopt},
    {"", std::nullopt},
    {"null", std::nullopt},
    {"NaN", std::nullopt},
    {"0.0", std::nullopt},
};

TEST(AnnounceRequest, Left) {
  for (const auto& [value, meaning] : lefts) {
    EXPECT_EQ(with("&left="s + value).bytes_left, meaning) << value;
  }
}

const ValueCase<std::optional<std::uint32_t>> numwants[] = {
    {"0", 0U},
    {"50", 50U},
    {"4294967295", 4294967295U},
    {"4294967296", 4294967295U},
    {"18446744073709551615", 4294967295U},
    {"99999999999999999999", std::nullopt},
    {"-1", std::nullopt},
    {"", std::nullopt},
    {"many", std::nullopt},
    {"5x", std::nullopt},
};

TEST(AnnounceRequest, Numwant) {
  for (const auto& [value, meaning] : numwants) {
    EXPECT_EQ(with("&numwant="s + value).peers_wanted, meaning) << value;
  }
}

const ValueCase<AnnounceEvent> events[] = {
    {"started", AnnounceEvent::started},
    {"stopped", AnnounceEvent::stopped},
    {"completed", AnnounceEvent::completed},
    {"paused", AnnounceEvent::paused},
    {"Started", AnnounceEvent::started},
    {"%73tarted", AnnounceEvent::started},
    {"", AnnounceEvent::none},
    {"empty", AnnounceEvent::none},
    {"unknown", AnnounceEvent::none},
    {"%3Cregular%3E", AnnounceEvent::none},
    {"update", AnnounceEvent::none},
    {"startedstarted", AnnounceEvent::none},
};

TEST(AnnounceRequest, Event) {
  for (const auto& [value, meaning] : events) {
    EXPECT_EQ(with("&event="s + value).event, meaning) << value;
  }
}

TEST(AnnounceRequest, Compact) {
  EXPECT_TRUE(with("&compact=1").compact);
  EXPECT_TRUE(with("&compact=").compact);
  EXPECT_TRUE(with("&compact=2").compact);
  EXPECT_FALSE(with("&compact=0").compact);
  EXPECT_FALSE(with("&compact=%30").compact);
}

struct AddressCase {
  const char* parameters;
  bool has_ipv4;
  bool has_ipv6;
};

const AddressCase addresses[] = {
    {"ipv4=1.2.3.4", true, false},
    {"ipv4=1.2.3.4:6881", true, false},
    {"ipv4=1.2.3.4%3A6881", true, false},
    {"ipv6=2001:db8::1", false, true},
    {"ipv6=2001%3Adb8%3A%3A1", false, true},
    {"ipv6=%5B2001%3Adb8%3A%3A1%5D%3A6881", false, true},
    {"ipv6=[2001:db8::1]", false, true},
    {"ip=2001:db8::1", false, true},
    {"ip=1.2.3.4", true, false},
    {"ipv6=::ffff:1.2.3.4", true, false},
    {"ipv4=1.2.3.4&ipv4=5.6.7.8&ipv6=2001:db8::1", true, true},
    {"ipv6=None&ipv4=None", false, false},
    {"ipv6=&ipv4=&ip=", false, false},
    {"ip=abcdefgh.i2p", false, false},
    {"ip=example.org", false, false},
    {"ipv4=1.2.3&ipv6=:::", false, false},
    {"ipv6=[", false, false},
    {"ipv6=[]", false, false},
    {"ipv6=2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", false,
     false},
};

TEST(AnnounceRequest, Addresses) {
  for (const AddressCase& row : addresses) {
    SCOPED_TRACE(row.parameters);
    const AnnounceRequest request = with("&"s + row.parameters);
    EXPECT_EQ(request.has_ipv4, row.has_ipv4);
    EXPECT_EQ(request.has_ipv6, row.has_ipv6);
  }
}

TEST(AnnounceRequest, IgnoresUnknownParameters) {
  const AnnounceRequest request = parsed(
      "passkey=abc%20d&no_peer_id=1&&key=%B7i%D7%29G%A3%7F%09&supportcrypto=1&requirecrypto=1&"
      "cryptoport=0&corrupt=0&redundant=0&azudp=1&trackerid=&port=6881&peer_id=%zz&=&==&"
      "info_hash=aaaaaaaaaaaaaaaaaaaa&left=7&");
  EXPECT_EQ(request.port, 6881);
  EXPECT_EQ(request.bytes_left, 7U);
}

TEST(AnnounceRequest, SeparatorsAndEscapedNames) {
  const AnnounceRequest semicolons = parsed("port=6881;left=7;info_hash=aaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(semicolons.port, 6881);
  EXPECT_EQ(semicolons.bytes_left, 7U);
  const AnnounceRequest html = parsed("port=6881&amp;left=7&amp;info_hash=aaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(html.port, 6881);
  EXPECT_EQ(html.bytes_left, 7U);
  EXPECT_EQ(parsed("info%5Fhash=aaaaaaaaaaaaaaaaaaaa&p%6Frt=6881").port, 6881);
}

TEST(ScrapeRequest, SortsAndDeduplicates) {
  const auto hash = [](char c) { return "info_hash=" + std::string(20, c); };
  std::array<InfoHash, 3> room;
  const auto text = [&](const std::string& query) -> std::string {
    const auto count = parse_scrape(query, room);
    if (!count) return count.error() == RequestError::no_info_hash ? "none" : "malformed";
    std::string found;
    for (const InfoHash& hash_found : std::span(room).first(*count)) {
      found += static_cast<char>(hash_found.bytes[7]);
    }
    return found;
  };
  EXPECT_EQ(text(hash('a')), "a");
  EXPECT_EQ(text(hash('b') + "&" + hash('a')), "ab");
  EXPECT_EQ(text(hash('\xff') + "&" + hash('a')), "a\xff");
  EXPECT_EQ(text(hash('b') + "&x=y&" + hash('b') + "&" + hash('a')), "ab");
  EXPECT_EQ(text(hash('d') + "&" + hash('c') + "&" + hash('b') + "&" + hash('a')), "bcd");
  EXPECT_EQ(text("info_hash=short&" + hash('a')), "a");
  EXPECT_EQ(text("info_hash=short"), "malformed");
  EXPECT_EQ(text("info_hash=aaaaaaa+aaaaaaaaaaaa&info_hash=aaaaaaa%20aaaaaaaaaaaa"), " ");
  EXPECT_EQ(text("info_hash=aaaaaaa%2Baaaaaaaaaaaa"), "+");
  EXPECT_EQ(text("info_hash="), "malformed");
  EXPECT_EQ(text(""), "none");
  EXPECT_EQ(text("port=1"), "none");
}

}  // namespace
}  // namespace gyre::http
