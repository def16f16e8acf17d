// The tracker's messages byte by byte, as captured from the reference tracker.
#include "ws/replies.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/bytes.hpp"
#include "tests/unit/ws/captured_messages.hpp"

namespace gyre::ws {
namespace {

using namespace test;

constexpr auto largest = std::numeric_limits<std::uint32_t>::max();

template <class Write>
std::string written(std::size_t size_max, const Write& write) {
  std::vector<std::byte> out(size_max);
  const std::size_t size = write(std::span(out));
  return {reinterpret_cast<const char*>(out.data()), size};
}

InfoHash captured_info_hash() {
  InfoHash hash;
  std::ranges::copy(gyre::test::from_hex(info_hash_hex), hash.bytes.begin());
  return hash;
}

PeerId peer_id_of(std::string_view text) {
  PeerId id;
  std::ranges::copy(std::as_bytes(std::span(text)), id.bytes.begin());
  return id;
}

std::string joined(const MessageParts& message) {
  std::string all;
  for (const auto part : message) all += part;
  return all;
}

TEST(Replies, AnnounceReply) {
  const std::string reply = written(announce_reply_size_max, [](std::span<std::byte> out) {
    return write_announce_reply({.seeder_count = 1, .leecher_count = 0}, 120,
                                IdJson(captured_info_hash()), out);
  });
  EXPECT_EQ(reply, R"({"complete":1,"incomplete":0,"action":"announce","interval":120,)"
                   R"("info_hash":)" +
                       std::string(info_hash_json) + "}");
  EXPECT_EQ(reply.size(), 119U);
}

TEST(Replies, RelayedOfferAndAnswer) {
  const Description description{
      .json = R"({"type":"offer","sdp":"v=0..."})", .offer_id_json = offer_id_json, .offer_id = {}};
  const IdJson info_hash(captured_info_hash());
  const IdJson peer_id(peer_id_of("-WW0300-5oqaFWiqSAeH"));
  const std::string rest = R"(,"offer_id":)" + std::string(offer_id_json) +
                           R"(,"peer_id":"-WW0300-5oqaFWiqSAeH","info_hash":)" +
                           std::string(info_hash_json) + "}";
  EXPECT_EQ(joined(offer_message(description, peer_id, info_hash)),
            R"({"action":"announce","offer":{"type":"offer","sdp":"v=0..."})" + rest);
  EXPECT_EQ(joined(answer_message(description, peer_id, info_hash)),
            R"({"action":"announce","answer":{"type":"offer","sdp":"v=0..."})" + rest);
}

TEST(Replies, ScrapeReply) {
  const auto scrape = [](const std::vector<InfoHash>& info_hashes,
                         const std::vector<swarm::SwarmCounts>& counts, std::uint32_t interval_s) {
    const std::size_t size_max =
        scrape_reply_frame_size_max + info_hashes.size() * scrape_row_size_max;
    return written(size_max, [&](std::span<std::byte> out) {
      return write_scrape_reply(info_hashes, counts, interval_s, out);
    });
  };
  EXPECT_EQ(scrape({}, {}, 600),
            R"({"action":"scrape","files":{},"flags":{"min_request_interval":600}})");
  InfoHash letters;
  letters.bytes.fill(std::byte{'a'});
  EXPECT_EQ(scrape({captured_info_hash(), letters},
                   {{.seeder_count = 2, .leecher_count = 0, .completed_count = 3}, {}}, 600),
            R"({"action":"scrape","files":{)" + std::string(info_hash_json) +
                R"(:{"complete":2,"incomplete":0,"downloaded":3},"aaaaaaaaaaaaaaaaaaaa":)"
                R"({"complete":0,"incomplete":0,"downloaded":0}},)"
                R"("flags":{"min_request_interval":600}})");
  // Zero bytes take the most space.
  const swarm::SwarmCounts longest{
      .seeder_count = largest, .leecher_count = largest, .completed_count = largest};
  EXPECT_TRUE(scrape({InfoHash{}, InfoHash{}}, {longest, longest}, largest).ends_with("}}"));
}

std::string written_failure(const Failure& failure,
                            std::optional<std::uint32_t> retry_s = std::nullopt) {
  return written(error_reply_size_max, [&](std::span<std::byte> out) {
    return write_failure_reply(failure, retry_s, out);
  });
}

TEST(Replies, Failures) {
  EXPECT_EQ(written_failure({.reason = "invalid info_hash"}),
            R"({"failure reason":"invalid info_hash","info_hash":""})");
  EXPECT_EQ(written_failure({.reason = "invalid peer_id",
                             .action = announce_action,
                             .info_hash = captured_info_hash()},
                            120),
            R"({"action":"announce","failure reason":"invalid peer_id","info_hash":)" +
                std::string(info_hash_json) + R"(,"interval":120})");
  EXPECT_EQ(written_failure({.reason = "no", .action = scrape_action}),
            R"({"action":"scrape","failure reason":"no","info_hash":""})");
}

TEST(Replies, EscapesReasons) {
  EXPECT_EQ(written_failure({.reason = "a\"b\\c/\n\x7f\xc3\xa9"}),
            R"({"failure reason":"a\"b\\c/????","info_hash":""})");
  const std::string quotes(1000, '"');
  const std::string reply = written_failure(
      {.reason = quotes, .action = announce_action, .info_hash = InfoHash{}}, largest);
  EXPECT_LE(reply.size(), error_reply_size_max);
  EXPECT_TRUE(reply.ends_with("\"interval\":4294967295}"));
}

}  // namespace
}  // namespace gyre::ws
