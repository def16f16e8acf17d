#include "load-test/ws/verifier.hpp"

#include <algorithm>

#include "common/base/check.hpp"

namespace gyre::load_test::ws {

std::expected<Verified, Count> Verifier::verify(const ReceivedMessage& message,
                                                std::uint32_t to) const {
  DCHECK(to < participants_.size());
  DCHECK(message.kind != MessageKind::scrape_reply && message.kind != MessageKind::error);
  const auto& swarms = participants_[to].swarms;
  const auto swarm = std::ranges::find(swarms, message.info_hash, &Swarm::info_hash_json);
  if (swarm == swarms.end()) return std::unexpected(Count::wrong_swarm);
  Verified verified{.swarm = static_cast<std::size_t>(swarm - swarms.begin())};
  if (message.kind == MessageKind::reply) return verified;

  const auto peer = peer_number_from(message.peer_id);
  if (!peer || *peer >= participants_.size() || *peer == to)
    return std::unexpected(Count::wrong_peer);
  const Participant& sender = participants_[*peer];
  if (!sender.is_in(swarm->torrent)) return std::unexpected(Count::wrong_swarm);
  const auto offer = offer_number_in(message.offer_id);
  if (!offer || offer->index >= offer_count_) return std::unexpected(Count::malformed);
  const std::uint32_t maker = message.kind == MessageKind::offer ? *peer : to;
  if (offer->connection != maker) {
    return std::unexpected(message.kind == MessageKind::offer ? Count::wrong_peer
                                                              : Count::foreign_answer);
  }
  const auto digits = digits_of(*offer);
  if (!sender.description.is(message.sdp, {digits.data(), digits.size()})) {
    return std::unexpected(Count::damaged_sdp);
  }
  verified.offer = *offer;
  return verified;
}

}  // namespace gyre::load_test::ws
