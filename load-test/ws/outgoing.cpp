#include "load-test/ws/outgoing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/check.hpp"

namespace gyre::load_test::ws {
namespace {

constexpr std::string_view started = R"("event":"started",)";
const std::string no_event(started.size(), ' ');  // blanks between members are JSON

constexpr std::size_t event_hole = 0;
constexpr std::size_t first_offer_hole = 1;
constexpr std::size_t holes_per_offer = 2;
constexpr std::size_t to_peer_hole = 0;
constexpr std::size_t answer_sdp_hole = 1;
constexpr std::size_t answer_id_hole = 2;

// {"type":"offer","sdp":"..."},"offer_id":"..."
std::string described(std::string_view type, const Participant& participant) {
  return fmt::format(R"({{"type":"{}","sdp":"{}{}{}"}},"offer_id":{}{}"}})", type,
                     participant.description.before, hole(offer_number_size),
                     participant.description.after, offer_id_prefix, hole(offer_number_size));
}

std::string announce_text(const Participant& participant, std::uint32_t number, const Swarm& swarm,
                          std::uint32_t offer_count) {
  std::string text =
      fmt::format(R"({{"numwant":{},"uploaded":0,"downloaded":0,"left":{},{}"action":"announce",)"
                  R"("info_hash":{},"peer_id":{},"offers":[)",
                  offer_count, participant.is_seeder ? 0 : 50, hole(started.size()),
                  swarm.info_hash_json, peer_id_json(number));
  for (std::uint32_t i = 0; i < offer_count; ++i) {
    text.append(i == 0 ? R"({"offer":)" : R"(,{"offer":)").append(described("offer", participant));
  }
  return text.append("]}");
}

std::string answer_text(const Participant& participant, std::uint32_t number, const Swarm& swarm) {
  return fmt::format(
      R"({{"action":"announce","info_hash":{},"peer_id":{},"to_peer_id":{}{}","answer":{})",
      swarm.info_hash_json, peer_id_json(number), peer_id_prefix, hole(peer_digits_size),
      described("answer", participant));
}

constexpr std::string_view text_of(const auto& digits) {
  return {digits.data(), digits.size()};
}

}  // namespace

Outgoing::Outgoing(const Participant& participant, std::uint32_t number, const Swarm& swarm,
                   std::uint32_t offer_count, bool deflated)
    : number_(number),
      offer_count_(offer_count),
      announce_(announce_text(participant, number, swarm, offer_count), deflated),
      answer_(answer_text(participant, number, swarm), deflated) {
  DCHECK(offer_count <= offers_max);
}

std::span<const char> Outgoing::announce(std::uint32_t announce, bool is_first) {
  announce_.fill(event_hole, is_first ? started : std::string_view(no_event));
  for (std::uint32_t i = 0; i < offer_count_; ++i) {
    const auto digits = digits_of(
        {.connection = number_, .announce = announce, .index = static_cast<std::uint8_t>(i)});
    const std::size_t hole = first_offer_hole + holes_per_offer * i;
    announce_.fill(hole, text_of(digits));
    announce_.fill(hole + 1, text_of(digits));
  }
  return announce_.frame();
}

std::span<const char> Outgoing::answer(const OfferNumber& offer) {
  const auto digits = digits_of(offer);
  answer_.fill(to_peer_hole, text_of(hex_digits<peer_digits_size>(offer.connection)));
  answer_.fill(answer_sdp_hole, text_of(digits));
  answer_.fill(answer_id_hole, text_of(digits));
  return answer_.frame();
}

std::string idle_announce(std::uint32_t number, std::string_view info_hash_json) {
  std::string text = R"({"numwant":0,"uploaded":0,"downloaded":0,"left":50,"event":"started",)"
                     R"("action":"announce","info_hash":)";
  return text.append(info_hash_json).append(R"(,"peer_id":)").append(peer_id_json(number)) +=
         R"(,"offers":[]})";
}

std::string scrape(std::span<const std::string> info_hashes_json) {
  std::string text = R"({"action":"scrape","info_hash":[)";
  for (const std::string& info_hash : info_hashes_json) {
    if (text.back() != '[') text += ',';
    text += info_hash;
  }
  return text += "]}";
}

std::string echo_text(const Participant& participant, std::uint32_t number,
                      std::uint32_t offer_count) {
  const Swarm& swarm = participant.swarms.front();
  const std::string announce = announce_text(participant, number, swarm, offer_count);
  // Relayed offers and answers are as long as answers, but for to_peer_id.
  const std::size_t relayed_size = answer_text(participant, number, swarm).size();
  constexpr std::size_t reply_size = 130;
  const std::size_t relayed_count = std::size_t{3} * offer_count;
  const std::size_t total_size = announce.size() + reply_size + relayed_count * relayed_size;
  const std::size_t size = total_size / (2 + relayed_count);
  std::string text = announce.substr(0, std::min(size, announce.size()));
  std::ranges::replace(text, hole_filler, ' ');
  // What is cut remains UTF-8.
  while (static_cast<unsigned char>(text.back()) > 0x7f) text.pop_back();
  return text.append(size - text.size(), ' ');
}

}  // namespace gyre::load_test::ws
