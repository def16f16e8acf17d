// Writers of the tracker's JSON messages, with keys in the order of the reference tracker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/types.hpp"
#include "common/swarm/swarm.hpp"
#include "ws/json_text.hpp"
#include "ws/limits.hpp"
#include "ws/protocol.hpp"

namespace gyre::ws {

// The message that relays an offer or answer of `peer_id`, as a list of pieces, so that an SDP is
// copied only once, into the frame. Valid as long as the pieces live.
using MessageParts = std::array<std::string_view, 9>;
MessageParts offer_message(const Description& offer, const IdJson& peer_id,
                           const IdJson& info_hash);
MessageParts answer_message(const Description& answer, const IdJson& peer_id,
                            const IdJson& info_hash);

// The approximate bytes that relaying an offer or answer sends.
inline std::size_t relayed_size(const Description& description) {
  constexpr std::size_t frame_size = 200;  // keys, ids, headers of frames and packets
  return description.json.size() + description.offer_id_json.size() + frame_size;
}

// Replies are written to the front of `out`; each function returns the size.

// REQUIRES: `out` has announce_reply_size_max bytes.
std::size_t write_announce_reply(const swarm::SwarmCounts& counts, std::uint32_t interval_s,
                                 const IdJson& info_hash, std::span<std::byte> out);

// Non-ASCII bytes of the reason become '?'; it is truncated if it is too long. `retry_s`: until the
// client may retry, if that is told.
// REQUIRES: `out` has error_reply_size_max bytes.
std::size_t write_failure_reply(const Failure& failure, std::optional<std::uint32_t> retry_s,
                                std::span<std::byte> out);

// `counts` are those of the torrents, in their order. Like the reference, it has no info_hash
// besides `files`: clients recognise a scrape by its action.
// REQUIRES: `out` has scrape_reply_frame_size_max bytes plus scrape_row_size_max for each torrent.
std::size_t write_scrape_reply(std::span<const InfoHash> info_hashes,
                               std::span<const swarm::SwarmCounts> counts,
                               std::uint32_t min_request_interval_s, std::span<std::byte> out);

}  // namespace gyre::ws
