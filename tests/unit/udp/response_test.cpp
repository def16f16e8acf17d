// Responses: the bytes of BEP 15, and strict parsing by clients.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/bytes.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {
namespace {

using test::Bytes;
using test::from_hex;

TEST(WriteResponse, Connect) {
  Bytes out(connect_response_size);
  EXPECT_EQ(write_connect_response(out, 0x01020304, 0x1112131415161718), out.size());
  EXPECT_EQ(out, from_hex("00000000 01020304 1112131415161718"));
}

TEST(WriteResponse, AnnounceHead) {
  Bytes out(announce_response_head_size);
  EXPECT_EQ(write_announce_response_head(out, {.transaction_id = 0x01020304,
                                               .interval = 1800,
                                               .leecher_count = 0xa1a2a3a4,
                                               .seeder_count = 7}),
            out.size());
  EXPECT_EQ(out, from_hex("00000001 01020304 00000708 a1a2a3a4 00000007"));
}

TEST(WriteResponse, Scrape) {
  Bytes out(scrape_response_head_size + scrape_row_size);
  EXPECT_EQ(write_scrape_response_head(out, 0x01020304), scrape_response_head_size);
  EXPECT_EQ(
      write_scrape_row(std::span(out).subspan(scrape_response_head_size),
                       {.seeder_count = 1, .leecher_count = 0x100, .completed_count = 0xffffffff}),
      scrape_row_size);
  EXPECT_EQ(out, from_hex("00000002 01020304 00000001 ffffffff 00000100"));
}

TEST(WriteResponse, Error) {
  Bytes out(8 + 9);
  EXPECT_EQ(write_error_response(out, 0x01020304, "forbidden"), out.size());
  EXPECT_EQ(out, from_hex("00000003 01020304 666f7262696464656e"));
  EXPECT_EQ(write_error_response(out, 5, ""), 8U);
}

// The views of the result dangle.
std::expected<Response, ParseError> parse_copy(const Bytes& bytes, Family family) {
  return parse_response(test::ExactCopy(bytes).span(), family);
}

struct Strictness {
  const char* name;
  const char* head;
  std::size_t (*step)(Family);  // by which valid lengths differ
  std::size_t size_min;
  bool exact = false;
};

const Strictness responses[] = {
    {"connect", "00000000 01020304", [](Family) { return std::size_t{1}; }, 16, true},
    {"announce", "00000001 01020304", [](Family family) { return compact_peer_size(family); }, 20},
    {"scrape", "00000002 01020304", [](Family) { return scrape_row_size; }, 8},
    {"error", "00000003 01020304", [](Family) { return std::size_t{1}; }, 8},
};

TEST(ParseResponse, RequiresExactLengths) {
  for (const Strictness& row : responses) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      for (std::size_t size = 0; size <= 300; ++size) {
        SCOPED_TRACE(row.name + std::string(" of ") + std::to_string(size));
        Bytes bytes = from_hex(row.head);
        bytes.resize(size);
        const auto response = parse_copy(bytes, family);
        const std::size_t step = row.step(family);
        const bool expected = size >= row.size_min && (size - row.size_min) % step == 0 &&
                              (!row.exact || size == row.size_min);
        EXPECT_EQ(response.has_value(), expected);
        if (response) continue;
        EXPECT_EQ(response.error(), ParseError::wrong_size);
      }
    }
  }
}

TEST(ParseResponse, DistinguishesPeersOfTheFamilies) {
  Bytes bytes(announce_response_head_size + 6);
  bytes[3] = std::byte{1};
  EXPECT_TRUE(parse_response(bytes, Family::ipv4));
  EXPECT_FALSE(parse_response(bytes, Family::ipv6));
  bytes.resize(announce_response_head_size + 18);  // which are three of IPv4 as well
  EXPECT_EQ(std::get<AnnounceResponse>(*parse_response(bytes, Family::ipv4)).peers.size(), 18U);
  EXPECT_TRUE(parse_response(bytes, Family::ipv6));
}

TEST(ParseResponse, OtherActionsAreUnknown) {
  for (const char* action : {"00000004", "80000000", "ffffffff", "01000000"}) {
    Bytes bytes = from_hex(action);
    bytes.resize(20);
    const auto response = parse_response(bytes, Family::ipv4);
    ASSERT_FALSE(response) << action;
    EXPECT_EQ(response.error(), ParseError::unknown_action);
  }
}

TEST(ParseResponse, ViewsPointIntoTheDatagram) {
  const test::ExactCopy error(from_hex("00000003 01020304 666f6f"));
  const auto parsed = parse_response(error.span(), Family::ipv4);
  ASSERT_TRUE(parsed);
  const auto& response = std::get<ErrorResponse>(*parsed);
  EXPECT_EQ(response.transaction_id, 0x01020304U);
  EXPECT_EQ(response.message, "foo");
  EXPECT_EQ(static_cast<const void*>(response.message.data()), error.span().data() + 8);
}

TEST(ParseResponse, HandlesEveryMutatedByte) {
  const Bytes original = from_hex("00000001 01020304 00000708 00000001 00000002 7f0000011ae1");
  for (std::size_t at = 0; at < original.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes bytes = original;
      bytes[at] = static_cast<std::byte>(value);
      const bool is_response = parse_copy(bytes, Family::ipv4).has_value();
      EXPECT_TRUE(is_response || at < 4) << at << " = " << value;
    }
  }
}

}  // namespace
}  // namespace gyre::udp
