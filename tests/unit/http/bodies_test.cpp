// Bodies byte by byte, and parsed by an independent reader.
#include "http/bodies.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/limits.hpp"
#include "tests/support/bencode.hpp"
#include "tests/support/bytes.hpp"

namespace gyre::http {
namespace {

using namespace std::string_literals;
using gyre::test::BencodeReader;
using gyre::test::Bytes;
using gyre::test::from_hex;

// The output of `write`, to a heap block without a spare byte.
template <class Write>
std::string written(std::size_t size, Write write) {
  Bytes out(size);
  EXPECT_EQ(write(out), size);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

struct AnnounceCase {
  const char* name;
  AnnounceBody body;
  std::string bytes;
};

const Bytes ipv4_peers = from_hex("01020304 1ae1 05060708 ffff");
const Bytes ipv6_peers = from_hex("2a000000000000000000000000000001 0001");
const Bytes ipv4_address = from_hex("0a000001");
const Bytes ipv6_address = from_hex("20010db8000000000000000000000001");

const AnnounceCase announces[] = {
    {"nobody",
     {},
     "d8:completei0e10:downloadedi0e10:incompletei0e8:intervali0e12:min intervali0e"
     "5:peers0:e"},
    {"numbers as large as they get",
     {.counts = {.seeder_count = 4294967295,
                 .leecher_count = 4294967294,
                 .completed_count = 4294967293},
      .interval_s = 4294967292,
      .min_interval_s = 4294967291},
     "d8:completei4294967295e10:downloadedi4294967293e10:incompletei4294967294e"
     "8:intervali4294967292e12:min intervali4294967291e5:peers0:e"},
    {"IPv4 peers",
     {.interval_s = 1800, .min_interval_s = 900, .ipv4_peers = ipv4_peers},
     "d8:completei0e10:downloadedi0e10:incompletei0e8:intervali1800e12:min intervali900e"
     "5:peers12:\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\xff\xff"
     "e"},
    {"IPv6 peers",
     {.ipv6_peers = ipv6_peers},
     "d8:completei0e10:downloadedi0e10:incompletei0e8:intervali0e12:min intervali0e"
     "5:peers0:6:peers618:*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x01"
     "e"s},
    {"no IPv6 peers, told so",
     {.with_peers6 = true},
     "d8:completei0e10:downloadedi0e10:incompletei0e8:intervali0e12:min intervali0e"
     "5:peers0:6:peers60:e"},
    {"everything",
     {.counts = {.seeder_count = 1, .leecher_count = 2, .completed_count = 3},
      .interval_s = 4,
      .min_interval_s = 5,
      .ipv4_peers = std::span(ipv4_peers).first(6),
      .ipv6_peers = ipv6_peers,
      .external_ip = ipv4_address,
      .tracker_id = "id",
      .warning_message = "be warned"},
     "d8:completei1e10:downloadedi3e11:external ip4:\x0a\0\0\x01"
     "10:incompletei2e8:intervali4e"
     "12:min intervali5e5:peers6:\x01\x02\x03\x04\x1a\xe1"
     "6:peers618:*\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
     "\x01\0\x01"
     "10:tracker id2:id15:warning message9:be warnede"s},
    {"a list",
     {.ipv4_peers = ipv4_peers,
      .ipv6_peers = ipv6_peers,
      .compact = false,
      .with_peers6 = true,
      .external_ip = ipv6_address},
     "d8:completei0e10:downloadedi0e11:external ip16:\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
     "10:incompletei0e8:intervali0e12:min intervali0e5:peersl"
     "d2:ip7:1.2.3.44:porti6881eed2:ip7:5.6.7.84:porti65535eed2:ip7:2a00::14:porti1eeee"s},
    {"an empty list",
     {.compact = false},
     "d8:completei0e10:downloadedi0e10:incompletei0e8:intervali0e12:min intervali0e5:peerslee"},
};

TEST(AnnounceBody, ExactBytes) {
  for (const AnnounceCase& row : announces) {
    SCOPED_TRACE(row.name);
    const auto bytes = written(row.bytes.size(), [&](std::span<std::byte> out) {
      return write_announce_body(out, row.body);
    });
    EXPECT_EQ(bytes, row.bytes);
    EXPECT_TRUE(BencodeReader::read(bytes));
  }
}

TEST(AnnounceBody, LargestFitsItsBound) {
  const Bytes peers(18 * response_peers_max, std::byte{0xff});
  const std::string text(operator_text_size_max, 'x');
  AnnounceBody body{.counts = {~0U, ~0U, ~0U},
                    .interval_s = ~0U,
                    .min_interval_s = ~0U,
                    .ipv6_peers = peers,
                    .compact = false,
                    .with_peers6 = true,
                    .external_ip = ipv6_address,
                    .tracker_id = text,
                    .warning_message = text};
  Bytes out(response_size_max - http1::response_head_size_max);
  const std::size_t bound = peer_row_size_max * response_peers_max + announce_fields_size_max;
  EXPECT_LE(write_announce_body(out, body), bound);
  body.compact = true;
  EXPECT_LE(write_announce_body(out, body), bound);
}

TEST(FailureBody, ExactBytes) {
  const std::string plain = "d14:failure reason4:sick8:intervali1800e12:min intervali900ee";
  EXPECT_EQ(written(plain.size(),
                    [](std::span<std::byte> out) {
                      return write_failure_body(out, "sick", 1800, 900, RetryIn::unsaid);
                    }),
            plain);
  const std::string never =
      "d14:failure reason4:dead8:intervali1800e12:min intervali900e8:retry in5:nevere";
  EXPECT_EQ(written(never.size(),
                    [](std::span<std::byte> out) {
                      return write_failure_body(out, "dead", 1800, 900, RetryIn::never);
                    }),
            never);
  const std::string later =
      "d14:failure reason4:busy8:intervali1800e12:min intervali900e8:retry ini5ee";
  EXPECT_EQ(written(later.size(),
                    [](std::span<std::byte> out) {
                      return write_failure_body(out, "busy", 1800, 900, RetryIn::minutes);
                    }),
            later);
}

TEST(ScrapeBody, ExactBytes) {
  InfoHash first;
  InfoHash second;
  first.bytes.fill(std::byte{'a'});
  second.bytes.fill(std::byte{0xff});
  const std::string empty = "d5:filesde5:flagsd20:min_request_intervali900eee";
  EXPECT_EQ(written(empty.size(),
                    [](std::span<std::byte> out) {
                      BencodeWriter writer(out);
                      begin_scrape_body(writer);
                      end_scrape_body(writer, 900);
                      return writer.size();
                    }),
            empty);
  const std::string two =
      "d5:filesd"
      "20:aaaaaaaaaaaaaaaaaaaad8:completei1e10:downloadedi3e10:incompletei2ee"
      "20:" +
      std::string(20, '\xff') +
      "d8:completei4294967295e10:downloadedi4294967295e10:incompletei4294967295ee"
      "e5:flagsd20:min_request_intervali0eee";
  EXPECT_EQ(written(two.size(),
                    [&](std::span<std::byte> out) {
                      BencodeWriter writer(out);
                      begin_scrape_body(writer);
                      write_scrape_row(writer, first, {1, 2, 3});
                      write_scrape_row(writer, second, {~0U, ~0U, ~0U});
                      end_scrape_body(writer, 0);
                      return writer.size();
                    }),
            two);
  EXPECT_LE(two.size(), 2 * scrape_row_size_max + 64);
}

}  // namespace
}  // namespace gyre::http
