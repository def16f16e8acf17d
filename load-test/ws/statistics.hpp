// What a worker counts, and where the report finds it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "load-test/statistics.hpp"

namespace gyre::load_test::ws {

enum class Count : std::uint8_t {
  announces_sent,  // by Kind of outgoing message
  scrapes_sent,
  answers_sent,
  replies,  // by Kind of incoming message: first those that end a request
  scrape_replies,
  errors,
  offers_received,
  answers_received,
  closes,
  malformed,         // not WebSocket, not JSON, or without what such a message has
  wrong_swarm,       // one that this connection or the other peer is not in
  wrong_peer,        // nobody's, this connection's own, or not the offer's maker
  damaged_sdp,       // not that of this peer and offer
  foreign_answer,    // to an offer that this connection did not make
  repeated_answer,   // a second one to the same offer
  unexpected_reply,  // nothing was asked
  connections_opened,
  connections_failed,  // not refused: no route, no port left, reset
  upgrades_refused,    // an HTTP response that is no upgrade
  connections_ended,   // by the tracker
  tls_full,            // handshakes
  tls_resumed,
  tls_failed,
  deflated,    // connections for which permessage-deflate was agreed
  idle_held,   // until the run was over
  idle_ended,  // by the tracker, before the run was over
  offers_sent,
  offers_answered,
  offers_unanswered,  // given up: many later ones were sent, or the connection or run is over
  pings,              // received, and answered
  bytes_sent,
  bytes_received,
  writes,  // to connections
  reads,   // that found something
  lost,
  late,     // always 0: a connection that was given up is closed
  refused,  // the host says that nobody listens on the port
  idle_ns,  // in which there was nothing to send and nothing received
  count,
};

using Statistics = load_test::Statistics;

inline constexpr std::array<std::string_view, 3> sent_names = {"announce", "scrape", "answer"};
inline constexpr std::array<std::string_view, 6> response_names = {"announce", "scrape", "error",
                                                                   "offer",    "answer", "close"};
inline constexpr std::array<std::string_view, 7> fault_names = {
    "malformed",      "wrong_swarm",     "wrong_peer",      "damaged_sdp",
    "foreign_answer", "repeated_answer", "unexpected_reply"};
inline constexpr std::array<std::string_view, 10> connection_names = {
    "opened",      "failed",     "upgrades_refused", "ended",     "tls_full",
    "tls_resumed", "tls_failed", "deflated",         "idle_held", "idle_ended"};
inline constexpr std::array<std::string_view, 3> offer_names = {"sent", "answered", "unanswered"};

constexpr std::size_t index_of(Count count) {
  return static_cast<std::size_t>(count);
}

inline constexpr load_test::CountLayout count_layout = {
    .requests = {index_of(Count::announces_sent), std::span(sent_names).first<2>()},
    .responses = {index_of(Count::replies), response_names},
    .faults = {index_of(Count::malformed), fault_names},
    .connections = {index_of(Count::connections_opened), connection_names},
    .messages = load_test::MessageCounts{.sent = {index_of(Count::announces_sent), sent_names},
                                         .reply_kind_count = 3,
                                         .bytes_sent = index_of(Count::bytes_sent),
                                         .bytes_received = index_of(Count::bytes_received),
                                         .writes = index_of(Count::writes),
                                         .reads = index_of(Count::reads),
                                         .offers = {index_of(Count::offers_sent), offer_names}},
    .announce_responses = index_of(Count::replies),
    .peers = index_of(Count::offers_received),
    .lost = index_of(Count::lost),
    .late = index_of(Count::late),
    .refused = index_of(Count::refused),
    .idle_ns = index_of(Count::idle_ns)};
static_assert(index_of(Count::count) <= load_test::count_max);
static_assert(index_of(Count::replies) == index_of(Count::announces_sent) + sent_names.size());
static_assert(index_of(Count::malformed) == index_of(Count::replies) + response_names.size());
static_assert(index_of(Count::connections_opened) ==
              index_of(Count::malformed) + fault_names.size());
static_assert(index_of(Count::offers_sent) ==
              index_of(Count::connections_opened) + connection_names.size());

}  // namespace gyre::load_test::ws
