// Requests at the limits of the protocol: too short, longer than needed, unusual values.
#include <gtest/gtest.h>

#include "common/base/bytes.hpp"
#include "tests/support/bytes.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {
namespace {

using test::Bytes;
using test::from_hex;

const Bytes connect = from_hex("0000041727101980 00000000 01020304");
const Bytes announce = from_hex(
    "1112131415161718 00000001 a1a2a3a4 000102030405060708090a0b0c0d0e0f10111213"
    "202122232425262728292a2b2c2d2e2f30313233 4142434445464748 5152535455565758 6162636465666768"
    "00000002 71727374 81828384 0000001e 1ae1");

// The views of the result dangle: only their sizes may be used.
std::expected<Request, ParseError> parse_copy(const Bytes& bytes, std::size_t size) {
  return parse_request(test::ExactCopy(std::span(bytes).first(size)).span());
}

TEST(ParseRequest, ReadsEveryFieldOfAnAnnounce) {
  const auto parsed = parse_request(announce);
  ASSERT_TRUE(parsed);
  const auto& request = std::get<AnnounceRequest>(*parsed);
  EXPECT_EQ(request.connection_id, 0x1112131415161718U);
  EXPECT_EQ(request.transaction_id, 0xa1a2a3a4U);
  EXPECT_EQ(to_hex(request.info_hash), "000102030405060708090a0b0c0d0e0f10111213");
  EXPECT_TRUE(std::ranges::equal(request.peer_id.bytes, std::span(announce).subspan(36, 20)));
  EXPECT_EQ(request.bytes_downloaded, 0x4142434445464748U);
  EXPECT_EQ(request.bytes_left, 0x5152535455565758U);
  EXPECT_EQ(request.bytes_uploaded, 0x6162636465666768U);
  EXPECT_EQ(request.event, AnnounceEvent::started);
  EXPECT_EQ(request.ip_address, 0x71727374U);
  EXPECT_EQ(request.key, 0x81828384U);
  EXPECT_EQ(request.peers_wanted, 30);
  EXPECT_EQ(request.port, 6881);
  EXPECT_TRUE(request.options.empty());
}

TEST(ParseRequest, EveryPrefixOfAConnectIsTooShort) {
  for (std::size_t size = 0; size < connect.size(); ++size) {
    const auto request = parse_copy(connect, size);
    ASSERT_FALSE(request) << size;
    EXPECT_EQ(request.error(), ParseError::wrong_size);
  }
  EXPECT_TRUE(parse_copy(connect, connect.size()));
}

TEST(ParseRequest, AnnouncesBelow92BytesAreTooShort) {
  for (std::size_t size = 0; size < announce_request_size_min; ++size) {
    const auto request = parse_copy(announce, size);
    ASSERT_FALSE(request) << size;
    EXPECT_EQ(request.error(), ParseError::wrong_size);
  }
}

TEST(ParseRequest, AnnouncesOf92To97BytesKeepTheDefaultsOfMissingFields) {
  for (std::size_t size = announce_request_size_min; size < announce_request_size; ++size) {
    const auto parsed = parse_copy(announce, size);
    ASSERT_TRUE(parsed) << size;
    const auto& request = std::get<AnnounceRequest>(*parsed);
    EXPECT_EQ(request.key, 0x81828384U);
    EXPECT_EQ(request.peers_wanted, size >= 96 ? 30 : -1) << size;
    EXPECT_EQ(request.port, 0) << size;
    EXPECT_TRUE(request.options.empty()) << size;
  }
}

TEST(ParseRequest, AcceptsLongerDatagrams) {
  for (const std::size_t size : {99U, 100U, 125U, 355U, 1024U, 1496U, 65507U}) {
    Bytes longer = announce;
    longer.resize(size, std::byte{0x01});
    const test::ExactCopy copy(longer);
    const auto parsed = parse_request(copy.span());
    ASSERT_TRUE(parsed) << size;
    const auto& request = std::get<AnnounceRequest>(*parsed);
    EXPECT_EQ(request.port, 6881);
    EXPECT_EQ(request.options.size(), size - announce_request_size);
    EXPECT_EQ(request.options.data(), copy.span().data() + announce_request_size);
  }
  for (const std::size_t size : {17U, 98U, 1024U}) {
    Bytes longer = connect;
    longer.resize(size);
    const auto parsed = parse_copy(longer, size);
    ASSERT_TRUE(parsed) << size;
    EXPECT_EQ(std::get<ConnectRequest>(*parsed).transaction_id, 0x01020304U);
  }
}

TEST(ParseRequest, ConnectNeedsTheWholeProtocolId) {
  for (std::size_t bit = 0; bit < 64; ++bit) {
    Bytes wrong = connect;
    wrong[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    const auto request = parse_request(wrong);
    ASSERT_FALSE(request) << bit;
    EXPECT_EQ(request.error(), ParseError::wrong_protocol_id);
  }
}

TEST(ParseRequest, OtherActionsAreUnknown) {
  for (const std::uint32_t action : {3U, 4U, 0x100U, 0x01000000U, 0x7fffffffU, 0xffffffffU}) {
    Bytes other = announce;
    store_be(other.data() + 8, action);
    const auto request = parse_request(other);
    ASSERT_FALSE(request) << action;
    EXPECT_EQ(request.error(), ParseError::unknown_action);
  }
}

TEST(ParseRequest, UnknownEventsAreNone) {
  using enum AnnounceEvent;
  const std::pair<std::uint32_t, AnnounceEvent> rows[] = {
      {0, none}, {1, completed}, {2, started}, {3, stopped},       {4, paused},        {5, none},
      {6, none}, {255, none},    {256, none},  {0x80000000, none}, {0xffffffff, none},
  };
  for (const auto& [number, event] : rows) {
    Bytes bytes = announce;
    store_be(bytes.data() + 80, number);
    const auto request = parse_request(bytes);
    ASSERT_TRUE(request) << number;
    EXPECT_EQ(std::get<AnnounceRequest>(*request).event, event) << number;
  }
}

TEST(ParseRequest, PeersWantedIsSigned) {
  const std::pair<std::uint32_t, std::int32_t> rows[] = {
      {0, 0},
      {1, 1},
      {50, 50},
      {0x7fffffff, 0x7fffffff},
      {0x80000000, std::numeric_limits<std::int32_t>::min()},
      {0xfffffffe, -2},
      {0xffffffff, -1},
  };
  for (const auto& [number, wanted] : rows) {
    Bytes bytes = announce;
    store_be(bytes.data() + 92, number);
    const auto request = parse_request(bytes);
    ASSERT_TRUE(request) << number;
    EXPECT_EQ(std::get<AnnounceRequest>(*request).peers_wanted, wanted) << number;
  }
}

Bytes scrape_of(std::size_t hash_count, std::size_t trailing_size) {
  Bytes bytes = from_hex("1112131415161718 00000002 a1a2a3a4");
  for (std::size_t i = 0; i < hash_count; ++i) {
    bytes.insert(bytes.end(), 20, static_cast<std::byte>(i + 1));
  }
  bytes.insert(bytes.end(), trailing_size, std::byte{0xee});
  return bytes;
}

TEST(ParseRequest, AcceptsScrapesOfAnySize) {
  for (const std::size_t count : {0U, 1U, 2U, 73U, 74U, 75U, 3000U}) {
    for (const std::size_t trailing : {0U, 1U, 10U, 19U}) {
      const test::ExactCopy copy(scrape_of(count, trailing));
      const auto parsed = parse_request(copy.span());
      ASSERT_TRUE(parsed) << count;
      const auto& request = std::get<ScrapeRequest>(*parsed);
      EXPECT_EQ(request.connection_id, 0x1112131415161718U);
      EXPECT_EQ(request.transaction_id, 0xa1a2a3a4U);
      ASSERT_EQ(request.count(), count) << trailing;
      EXPECT_EQ(request.info_hashes.size(), 20 * count) << trailing;
      for (std::size_t i = 0; i < count; ++i) {
        InfoHash expected;
        expected.bytes.fill(static_cast<std::byte>(i + 1));
        EXPECT_EQ(request.info_hash(i), expected) << i;
      }
    }
  }
}

TEST(ParseRequest, TruncatedScrapesKeepWholeHashes) {
  const Bytes scrape = scrape_of(3, 0);
  for (std::size_t size = 0; size <= scrape.size(); ++size) {
    const test::ExactCopy copy(std::span(scrape.data(), size));
    const auto parsed = parse_request(copy.span());
    ASSERT_EQ(parsed.has_value(), size >= 16) << size;
    if (!parsed) continue;
    EXPECT_EQ(std::get<ScrapeRequest>(*parsed).count(), (size - 16) / 20) << size;
  }
}

// Whatever one byte is changed to, the packet is a request or an error.
TEST(ParseRequest, HandlesEveryMutatedByte) {
  for (const Bytes& original : {connect, announce, scrape_of(2, 3)}) {
    for (std::size_t at = 0; at < original.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        Bytes bytes = original;
        bytes[at] = static_cast<std::byte>(value);
        const test::ExactCopy copy(bytes);
        const auto request = parse_request(copy.span());
        const bool changes_meaning = at < 12 && bytes != original;
        EXPECT_TRUE(request || changes_meaning) << at << " = " << value;
      }
    }
  }
}

// The handler determines the kind first, and parses later.
TEST(KindOfRequest, AgreesWithTheParser) {
  Random random(1);
  for (std::size_t size = 0; size < 130; ++size) {
    for (std::uint32_t action = 0; action < 5; ++action) {
      Bytes bytes = test::random_bytes(std::max<std::size_t>(size, 12), random);
      store_be(bytes.data() + 8, action);
      if (size % 2 == 0) store_be(bytes.data(), protocol_id);
      const test::ExactCopy copy(std::span(bytes.data(), size));
      const auto kind = requested_action(copy.span());
      const auto parsed = parse_request(copy.span());
      ASSERT_EQ(kind.has_value(), parsed.has_value()) << size << ", action " << action;
      if (!kind) {
        EXPECT_EQ(kind.error(), parsed.error());
        continue;
      }
      EXPECT_EQ(static_cast<std::size_t>(*kind), parsed->index());
    }
  }
}

TEST(WriteRequest, Connect) {
  Bytes out(connect_request_size);
  EXPECT_EQ(write_connect_request(out, {0x01020304}), out.size());
  EXPECT_EQ(out, connect);
}

}  // namespace
}  // namespace gyre::udp
