// Messages that the connections of gyre_ws_load_test send, as the tracker's own parser reads them.
#include <gtest/gtest.h>

#include <cstring>

#include "load-test/ws/outgoing.hpp"
#include "ws/deflate.hpp"
#include "ws/message_reader.hpp"
#include "ws/protocol.hpp"

namespace gyre::load_test::ws {
namespace {

Config small_config() {
  Config config;
  config.num_connections_per_worker = 3;
  config.torrents.number_of_torrents = 1;
  config.offers_per_request = 3;
  return config;
}

// The bytes of a message with padding after it, as the tracker takes it from a frame.
class Taken {
 public:
  explicit Taken(std::span<const char> frame) {
    auto reader = gyre::ws::MessageReader::for_server(true);
    std::vector<std::byte> scratch(1 << 20);
    InputBudget budget;
    const auto result = reader.next(std::as_bytes(frame), scratch, budget);
    EXPECT_EQ(result.event, gyre::ws::MessageReader::Event::message);
    EXPECT_EQ(result.consumed, frame.size());
    compressed_ = result.compressed;
    std::span<const std::byte> payload = result.payload;
    std::vector<std::byte> inflated(1 << 20);
    if (compressed_) {
      gyre::ws::Inflater inflater;
      const auto whole = inflater.inflate(result.payload, inflated);
      EXPECT_TRUE(whole);
      if (whole) payload = *whole;
    }
    size_ = payload.size();
    bytes_.assign(payload.begin(), payload.end());
    bytes_.resize(size_ + gyre::ws::message_padding);
  }

  bool compressed() const { return compressed_; }
  std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }
  std::string text() const { return {reinterpret_cast<const char*>(bytes_.data()), size_}; }

 private:
  std::vector<std::byte> bytes_;
  std::size_t size_ = 0;
  bool compressed_ = false;
};

std::string peer_id_text(const PeerId& peer_id) {
  return {reinterpret_cast<const char*>(peer_id.bytes.data()), peer_id.bytes.size()};
}

class Messages : public testing::TestWithParam<bool> {
 protected:
  Config config_ = small_config();
  std::vector<Participant> participants_ = make_participants(config_);
  const Participant& participant_ = participants_[2];
  Outgoing outgoing_{participant_, 2, participant_.swarms.front(), 3, GetParam()};
  gyre::ws::Parser parser_{1 << 20, 10, 10};
};

TEST_P(Messages, AnnouncesAreThoseOfABrowser) {
  for (const std::uint32_t number : {0U, 1U, 0xabcdef01U}) {
    const bool is_first = number == 0;
    const Taken taken(outgoing_.announce(number, is_first));
    EXPECT_EQ(taken.compressed(), GetParam());
    const auto request = parser_.parse(taken.bytes());
    const auto* announce = std::get_if<gyre::ws::Announce>(&request);
    ASSERT_NE(announce, nullptr) << taken.text();
    EXPECT_EQ(announce->info_hash, load_test::info_hash_of(config_.run.seed, 0));
    EXPECT_EQ(peer_id_text(announce->peer_id), "-GY0001-000000000002");
    EXPECT_EQ(announce->event, is_first ? AnnounceEvent::started : AnnounceEvent::none);
    EXPECT_EQ(announce->is_seeder, participant_.is_seeder);
    EXPECT_EQ(announce->numwant, 3);
    ASSERT_EQ(announce->offers.size(), 3U);
    for (std::uint8_t i = 0; i < 3; ++i) {
      const gyre::ws::Description& offer = announce->offers[i];
      const auto digits = digits_of({.connection = 2, .announce = number, .index = i});
      const std::string_view text(digits.data(), digits.size());
      EXPECT_EQ(offer.offer_id, "\xc3\xa9\x7f\a\"" + std::string(text));
      EXPECT_EQ(offer_number_in(offer.offer_id_json),
                (OfferNumber{.connection = 2, .announce = number, .index = i}));
      const auto begin = offer.json.find(R"("sdp":")") + 7;
      EXPECT_TRUE(participant_.description.is(offer.json.substr(begin, config_.sdp_size), text))
          << offer.json;
    }
  }
}

TEST_P(Messages, AnswersGoToTheMakerOfTheOffer) {
  const OfferNumber offer{.connection = 1, .announce = 7, .index = 2};
  const Taken taken(outgoing_.answer(offer));
  EXPECT_EQ(taken.compressed(), GetParam());
  const auto request = parser_.parse(taken.bytes());
  const auto* answer = std::get_if<gyre::ws::Answer>(&request);
  ASSERT_NE(answer, nullptr) << taken.text();
  EXPECT_EQ(peer_id_text(answer->peer_id), "-GY0001-000000000002");
  EXPECT_EQ(peer_id_text(answer->to_peer_id), "-GY0001-000000000001");
  EXPECT_EQ(offer_number_in(answer->answer.offer_id_json), offer);
}

TEST_P(Messages, CompressedOnesAreShorter) {
  const std::size_t size = outgoing_.announce(0, true).size();
  if (GetParam()) {
    EXPECT_LT(size, 2 * config_.sdp_size);
  } else {
    EXPECT_GT(size, 3 * config_.sdp_size);
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndDeflated, Messages, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Deflated" : "Plain"; });

std::vector<std::byte> padded(std::string_view text) {
  std::vector<std::byte> bytes(text.size() + gyre::ws::message_padding);
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

TEST(IdleAnnounce, HasNoOffers) {
  const std::string text = idle_announce(5, info_hash_json(1, 9));
  gyre::ws::Parser parser(1 << 16, 10, 10);
  const auto bytes = padded(text);
  const auto request = parser.parse(std::span(bytes).first(text.size()));
  const auto* announce = std::get_if<gyre::ws::Announce>(&request);
  ASSERT_NE(announce, nullptr) << text;
  EXPECT_EQ(announce->info_hash, load_test::info_hash_of(1, 9));
  EXPECT_TRUE(announce->offers.empty());
}

TEST(ScrapeMessage, NamesItsTorrents) {
  const std::string text = scrape(std::vector{info_hash_json(1, 3), info_hash_json(1, 4)});
  gyre::ws::Parser parser(1 << 16, 10, 10);
  const auto bytes = padded(text);
  const auto request = parser.parse(std::span(bytes).first(text.size()));
  const auto* scrape = std::get_if<gyre::ws::Scrape>(&request);
  ASSERT_NE(scrape, nullptr) << text;
  ASSERT_EQ(scrape->info_hashes.size(), 2U);
  EXPECT_EQ(scrape->info_hashes[1], load_test::info_hash_of(1, 4));
}

TEST(EchoText, HasTheMeanSizeOfATrackersMessages) {
  const Config config = small_config();
  const std::string text = echo_text(make_participants(config)[0], 0, 10);
  // 11 messages in, of which one has ten SDPs, and 21 out.
  EXPECT_NEAR(static_cast<double>(text.size()), 40.0 * 1720 / 32, 100);
  EXPECT_TRUE(gyre::ws::is_utf8(std::as_bytes(std::span(text))));
}

TEST(SessionDescription, HasItsSizeAndIsNobodyElses) {
  Random random(1);
  for (const std::size_t size : {600U, 601U, 700U, 1500U, 1501U, 60'000U}) {
    const auto one = make_session_description(size, random);
    const auto other = make_session_description(size, random);
    const std::string digits(offer_number_size, '7');
    const std::string text = one.before + digits + one.after;
    EXPECT_EQ(text.size(), size);
    EXPECT_TRUE(one.is(text, digits));
    EXPECT_FALSE(other.is(text, digits));
    EXPECT_FALSE(one.is(text, "7777777777777778"));
    EXPECT_FALSE(one.is(text + "x", digits));
  }
}

TEST(OfferNumbers, ComeBack) {
  for (const OfferNumber number :
       {OfferNumber{}, OfferNumber{.connection = 0xffffff, .announce = 0xffffffff, .index = 255},
        OfferNumber{.connection = 1, .announce = 2, .index = 3}}) {
    const auto digits = digits_of(number);
    EXPECT_EQ(offer_number_from({digits.data(), digits.size()}), number);
  }
  EXPECT_FALSE(offer_number_from("000000000000000g"));
  EXPECT_FALSE(offer_number_from("0"));
}

}  // namespace
}  // namespace gyre::load_test::ws
