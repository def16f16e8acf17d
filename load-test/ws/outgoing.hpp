// The messages that connections send: announces with offers, answers and scrapes, in the form and
// with the keys in the order of WebTorrent's JavaScript client.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "load-test/ws/message_template.hpp"
#include "load-test/ws/participants.hpp"

namespace gyre::load_test::ws {

// Messages of one connection in one of its swarms, made once and filled in for each sending.
class Outgoing {
 public:
  // REQUIRES: offer_count <= offers_max.
  Outgoing(const Participant& participant, std::uint32_t number, const Swarm& swarm,
           std::uint32_t offer_count, bool deflated);

  // `announce` becomes part of each offer's number; `is_first`: with event started, else none. The
  // frame holds until the next call.
  std::span<const char> announce(std::uint32_t announce, bool is_first);

  // To an offer, for the connection that has made it.
  std::span<const char> answer(const OfferNumber& offer);

 private:
  std::uint32_t number_;
  std::uint32_t offer_count_;
  MessageTemplate announce_;  // holes: the event, then the digits in SDP and offer_id of each offer
  MessageTemplate answer_;    // holes: to_peer_id, the digits in SDP and in offer_id
};

// The announce of an idle connection, in a swarm that nobody else is in.
std::string idle_announce(std::uint32_t number, std::string_view info_hash_json);

std::string scrape(std::span<const std::string> info_hashes_json);

// A message of the mean size of those that a tracker would take and send for an announce whose
// offers are all passed on and answered.
std::string echo_text(const Participant& participant, std::uint32_t number,
                      std::uint32_t offer_count);

}  // namespace gyre::load_test::ws
