// A verifier of messages: should what a tracker has sent to a connection have been sent to that
// one, as it was? It keeps nothing of them.
#pragma once

#include <cstdint>
#include <expected>
#include <span>

#include "load-test/statistics.hpp"
#include "load-test/ws/participants.hpp"
#include "load-test/ws/received_message.hpp"

namespace gyre::load_test::ws {

struct Verified {
  std::size_t swarm = 0;  // which of the connection's
  OfferNumber offer{};    // of an offer or answer
};

class Verifier {
 public:
  // The participants outlive this.
  Verifier(std::span<const Participant> participants, std::uint32_t offer_count)
      : participants_(participants), offer_count_(offer_count) {}

  // `message` is a reply, an offer or an answer that connection `to` has received. An offer is
  // found to be from its maker. The fault is wrong_swarm, wrong_peer, damaged_sdp, foreign_answer,
  // or malformed for an id of no known form.
  std::expected<Verified, Count> verify(const ReceivedMessage& message, std::uint32_t to) const;

 private:
  std::span<const Participant> participants_;
  std::uint32_t offer_count_;
};

}  // namespace gyre::load_test::ws
