// Whether what a tracker has sent to a connection should have been sent, as it was, to that one.
// Between the parsed messages and the client, which counts. Pure: it keeps nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "load-test/ws/community.hpp"
#include "load-test/ws/received_message.hpp"
#include "load-test/ws/statistics.hpp"

namespace gyre::load_test::ws {

struct Judged {
  std::size_t swarm = 0;   // which of the connection's
  std::uint32_t peer = 0;  // who offers or answers
  OfferNumber offer{};     // of an offer or answer
};

class Judge {
 public:
  // The community outlives this.
  Judge(const Community& community, std::uint32_t offer_count)
      : members_(community.members()), offer_count_(offer_count) {}

  // `message` is a reply, an offer or an answer that connection `to` has received. The fault is
  // wrong_swarm, wrong_peer, damaged_sdp, foreign_answer, or malformed for an id of no known form.
  std::expected<Judged, Count> judge(const ReceivedMessage& message, std::uint32_t to) const;

 private:
  std::span<const Member> members_;
  std::uint32_t offer_count_;
};

}  // namespace gyre::load_test::ws
