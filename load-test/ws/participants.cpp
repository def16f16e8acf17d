#include "load-test/ws/participants.hpp"

#include <algorithm>
#include <span>

#include "common/base/check.hpp"
#include "common/base/numbers.hpp"
#include "ws/protocol.hpp"

namespace gyre::load_test::ws {

// No connection draws a torrent twice: it has fewer then.
std::vector<Participant> make_participants(const Config& config) {
  std::vector<Participant> participants(connection_count(config));
  const auto places = make_peers(places_of(config));
  const std::size_t each = config.torrents_per_connection;
  DCHECK(places.size() == participants.size() * each);
  // A stream of random numbers that no worker has.
  Random random = worker_random(config.run.seed, config.run.workers);
  for (std::size_t i = 0; i < participants.size(); ++i) {
    Participant& participant = participants[i];
    participant.is_seeder = random.chance(config.torrents.peer_seeder_probability);
    participant.description = make_session_description(config.sdp_size, random);
    for (const Peer& place : std::span(places).subspan(i * each, each)) {
      if (participant.is_in(place.torrent)) continue;
      participant.swarms.push_back(
          {.torrent = place.torrent,
           .info_hash_json = info_hash_json(config.run.seed, place.torrent)});
    }
  }
  return participants;
}

bool Participant::is_in(std::uint32_t torrent) const {
  return std::ranges::find(swarms, torrent, &Swarm::torrent) != swarms.end();
}

std::string info_hash_json(std::uint32_t seed, std::uint32_t torrent) {
  return std::string(gyre::ws::IdJson(info_hash_of(seed, torrent)).text());
}

std::string peer_id_json(std::uint32_t number) {
  const auto digits = hex_digits<peer_digits_size>(number);
  std::string json(peer_id_prefix);
  return json.append(digits.data(), digits.size()) += '"';
}

std::optional<std::uint32_t> peer_number_from(std::string_view json) {
  if (json.size() != peer_id_prefix.size() + peer_digits_size + 1 ||
      !json.starts_with(peer_id_prefix)) {
    return std::nullopt;
  }
  const auto number =
      number_from<std::uint64_t>(json.substr(peer_id_prefix.size(), peer_digits_size), 16);
  if (!number || *number >= connection_count_max) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<OfferNumber> offer_number_in(std::string_view json) {
  if (json.size() != offer_id_prefix.size() + offer_number_size + 1 ||
      !json.starts_with(offer_id_prefix)) {
    return std::nullopt;
  }
  return offer_number_from(json.substr(offer_id_prefix.size(), offer_number_size));
}

}  // namespace gyre::load_test::ws
