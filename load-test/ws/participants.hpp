// The participants of a load test: who is in which swarm, and with which SDP. They are made before
// the run and do not change in it, so that each worker can check what a connection of another one
// is said to have sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load-test/ws/config.hpp"
#include "load-test/ws/session_description.hpp"

namespace gyre::load_test::ws {

struct Swarm {
  std::uint32_t torrent = 0;
  std::string info_hash_json;  // as JSON.stringify writes it, quotes included
};

// One connection, in each of its swarms under the same peer_id.
struct Participant {
  bool is_seeder = false;
  std::vector<Swarm> swarms;
  SessionDescription description;  // of its offers and answers

  bool is_in(std::uint32_t torrent) const;
};

// By the connections' numbers, idle ones excluded.
std::vector<Participant> make_participants(const Config& config);

std::string info_hash_json(std::uint32_t seed, std::uint32_t torrent);

// A connection's number in 12 hexadecimal digits behind a prefix, quotes included.
inline constexpr std::string_view peer_id_prefix = R"("-GY0001-)";
inline constexpr std::size_t peer_digits_size = 12;
std::string peer_id_json(std::uint32_t number);
std::optional<std::uint32_t> peer_number_from(std::string_view peer_id_json);

// An offer_id: bytes of each class that trackers have to write in a way of their own, then the
// digits of its OfferNumber, 20 code points in all, and the closing quote.
inline constexpr std::string_view offer_id_prefix = "\"\xc3\xa9\x7f\\u0007\\\"";
std::optional<OfferNumber> offer_number_in(std::string_view offer_id_json);

}  // namespace gyre::load_test::ws
