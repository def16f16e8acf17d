#include "load-test/ws/judge.hpp"

#include <algorithm>

namespace gyre::load_test::ws {

std::expected<Judged, Count> Judge::judge(const ReceivedMessage& message, std::uint32_t to) const {
  const auto& swarms = members_[to].swarms;
  const auto swarm = std::ranges::find(swarms, message.info_hash, &Swarm::info_hash_json);
  if (swarm == swarms.end()) return std::unexpected(Count::wrong_swarm);
  Judged judged{.swarm = static_cast<std::size_t>(swarm - swarms.begin())};
  if (message.kind == Kind::reply) return judged;

  const auto peer = peer_number_from(message.peer_id);
  if (!peer || *peer >= members_.size() || *peer == to) return std::unexpected(Count::wrong_peer);
  const Member& sender = members_[*peer];
  if (!sender.is_in(swarm->torrent)) return std::unexpected(Count::wrong_swarm);
  const auto offer = offer_number_in(message.offer_id);
  if (!offer || offer->index >= offer_count_) return std::unexpected(Count::malformed);
  const std::uint32_t maker = message.kind == Kind::offer ? *peer : to;
  if (offer->connection != maker) {
    return std::unexpected(message.kind == Kind::offer ? Count::wrong_peer : Count::foreign_answer);
  }
  const auto digits = digits_of(*offer);
  if (!sender.description.is(message.sdp, {digits.data(), digits.size()})) {
    return std::unexpected(Count::damaged_sdp);
  }
  judged.peer = *peer;
  judged.offer = *offer;
  return judged;
}

}  // namespace gyre::load_test::ws
