// Requests and responses of random values survive writing and parsing.
#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {
namespace {

constexpr int rounds = 10'000;

TEST(RoundTrip, ConnectRequest) {
  Random random(1);
  for (int i = 0; i < rounds; ++i) {
    const auto id = static_cast<TransactionId>(random.next());
    test::Bytes bytes(connect_request_size);
    ASSERT_EQ(write_connect_request(bytes, {id}), bytes.size());
    EXPECT_EQ(std::get<ConnectRequest>(*parse_request(bytes)).transaction_id, id);
  }
}

AnnounceRequest random_announce(Random& random, std::span<const std::byte> options) {
  return {.connection_id = random.next(),
          .transaction_id = static_cast<TransactionId>(random.next()),
          .info_hash = test::random_value<InfoHash>(random),
          .peer_id = test::random_value<PeerId>(random),
          .bytes_downloaded = random.next(),
          .bytes_left = random.next(),
          .bytes_uploaded = random.next(),
          .event = static_cast<AnnounceEvent>(random.below(5)),
          .ip_address = static_cast<std::uint32_t>(random.next()),
          .key = static_cast<std::uint32_t>(random.next()),
          .peers_wanted = static_cast<std::int32_t>(random.next()),
          .port = static_cast<std::uint16_t>(random.next()),
          .options = options};
}

TEST(RoundTrip, AnnounceRequest) {
  Random random(2);
  for (int i = 0; i < rounds; ++i) {
    const test::Bytes options = test::random_bytes(random.below(40), random);
    const AnnounceRequest request = random_announce(random, options);
    test::Bytes bytes(announce_request_size + options.size());
    ASSERT_EQ(write_announce_request(bytes, request), bytes.size());
    const auto parsed = std::get<AnnounceRequest>(*parse_request(bytes));
    EXPECT_EQ(parsed.connection_id, request.connection_id);
    EXPECT_EQ(parsed.transaction_id, request.transaction_id);
    EXPECT_EQ(parsed.info_hash, request.info_hash);
    EXPECT_EQ(parsed.peer_id, request.peer_id);
    EXPECT_EQ(parsed.bytes_downloaded, request.bytes_downloaded);
    EXPECT_EQ(parsed.bytes_left, request.bytes_left);
    EXPECT_EQ(parsed.bytes_uploaded, request.bytes_uploaded);
    EXPECT_EQ(parsed.event, request.event);
    EXPECT_EQ(parsed.ip_address, request.ip_address);
    EXPECT_EQ(parsed.key, request.key);
    EXPECT_EQ(parsed.peers_wanted, request.peers_wanted);
    EXPECT_EQ(parsed.port, request.port);
    EXPECT_TRUE(std::ranges::equal(parsed.options, options));
  }
}

TEST(RoundTrip, ScrapeRequest) {
  Random random(3);
  for (int i = 0; i < rounds; ++i) {
    const test::Bytes hashes = test::random_bytes(std::size_t{20} * random.below(80), random);
    const ScrapeRequest request{.connection_id = random.next(),
                                .transaction_id = static_cast<TransactionId>(random.next()),
                                .info_hashes = hashes};
    test::Bytes bytes(scrape_request_head_size + hashes.size());
    ASSERT_EQ(write_scrape_request(bytes, request), bytes.size());
    const auto parsed = std::get<ScrapeRequest>(*parse_request(bytes));
    EXPECT_EQ(parsed.connection_id, request.connection_id);
    EXPECT_EQ(parsed.transaction_id, request.transaction_id);
    EXPECT_TRUE(std::ranges::equal(parsed.info_hashes, hashes));
  }
}

TEST(RoundTrip, ConnectResponse) {
  Random random(4);
  for (int i = 0; i < rounds; ++i) {
    const auto transaction_id = static_cast<TransactionId>(random.next());
    const ConnectionId id = random.next();
    test::Bytes bytes(connect_response_size);
    ASSERT_EQ(write_connect_response(bytes, transaction_id, id), bytes.size());
    const auto parsed = std::get<ConnectResponse>(*parse_response(bytes, Family::ipv4));
    EXPECT_EQ(parsed.transaction_id, transaction_id);
    EXPECT_EQ(parsed.connection_id, id);
  }
}

TEST(RoundTrip, AnnounceResponse) {
  Random random(5);
  for (int i = 0; i < rounds; ++i) {
    const Family family = random.below(2) == 0 ? Family::ipv4 : Family::ipv6;
    const test::Bytes peers =
        test::random_bytes(compact_peer_size(family) * random.below(100), random);
    const AnnounceResponse head{.transaction_id = static_cast<TransactionId>(random.next()),
                                .interval = static_cast<std::uint32_t>(random.next()),
                                .leecher_count = static_cast<std::uint32_t>(random.next()),
                                .seeder_count = static_cast<std::uint32_t>(random.next())};
    test::Bytes bytes(announce_response_head_size);
    ASSERT_EQ(write_announce_response_head(bytes, head), bytes.size());
    bytes.insert(bytes.end(), peers.begin(), peers.end());
    const auto parsed = std::get<AnnounceResponse>(*parse_response(bytes, family));
    EXPECT_EQ(parsed.transaction_id, head.transaction_id);
    EXPECT_EQ(parsed.interval, head.interval);
    EXPECT_EQ(parsed.leecher_count, head.leecher_count);
    EXPECT_EQ(parsed.seeder_count, head.seeder_count);
    EXPECT_TRUE(std::ranges::equal(parsed.peers, peers));
  }
}

TEST(RoundTrip, ScrapeResponse) {
  Random random(6);
  for (int i = 0; i < rounds; ++i) {
    const auto transaction_id = static_cast<TransactionId>(random.next());
    const std::size_t row_count = random.below(75);
    test::Bytes bytes(scrape_response_head_size + scrape_row_size * row_count);
    std::size_t size = write_scrape_response_head(bytes, transaction_id);
    for (std::size_t row = 0; row < row_count; ++row) {
      const auto value = static_cast<std::uint32_t>(row);
      size += write_scrape_row(std::span(bytes).subspan(size), {value, value + 1, value + 2});
    }
    ASSERT_EQ(size, bytes.size());
    const auto parsed = std::get<ScrapeResponse>(*parse_response(bytes, Family::ipv4));
    EXPECT_EQ(parsed.transaction_id, transaction_id);
    EXPECT_TRUE(std::ranges::equal(parsed.rows, std::span(bytes).subspan(8)));
  }
}

TEST(RoundTrip, ErrorResponse) {
  Random random(7);
  for (std::size_t length = 0; length <= error_text_size_max; ++length) {
    std::string text(length, '\0');
    for (char& c : text) c = static_cast<char>(random.next());
    test::Bytes bytes(error_response_head_size + length);
    ASSERT_EQ(write_error_response(bytes, 9, text), bytes.size());
    const auto parsed = std::get<ErrorResponse>(*parse_response(bytes, Family::ipv6));
    EXPECT_EQ(parsed.transaction_id, 9U);
    EXPECT_EQ(parsed.message, text);
  }
}

}  // namespace
}  // namespace gyre::udp
