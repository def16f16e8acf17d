// What one worker counts in one phase of a run, and which of the counts the report of a protocol
// has.
//
// Threading: written by its worker, read by the main thread at any time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"
#include "load-test/named.hpp"

namespace gyre::load_test {

// Of requests.
enum class Kind : std::uint8_t { connect, announce, scrape };
inline constexpr std::size_t kind_count = 3;

// Of all load testers.
enum class Count : std::uint8_t {
  connect_requests,  // by Kind
  announce_requests,
  scrape_requests,
  connect_responses,  // by Kind
  announce_responses,
  scrape_responses,
  error_responses,  // a failure reason, or an HTTP status other than 200
  lost,
  late,     // responses to what was counted as lost
  refused,  // nothing listens on the port, the host says
  peers,    // in announce responses; with WebTorrent, offers that were received
  idle_ns,  // in which there was nothing to send and nothing received

  // Faults of UDP responses.
  wrong_size,
  unknown_action,
  unknown_transaction,
  wrong_action,
  implausible_peers,  // too many, or one without a port; of HTTP as well

  // Of HTTP responses.
  malformed_head,
  closed_early,  // before the response was complete
  too_large,
  malformed_body,  // not bencode, or without what the response to such a request has

  // Of WebTorrent messages.
  malformed,         // not WebSocket, not JSON, or without what such a message has
  wrong_swarm,       // one that this connection or the other peer is not in
  wrong_peer,        // of no participant, of this connection, or not the offer's maker
  damaged_sdp,       // not that of this peer and offer
  foreign_answer,    // to an offer that this connection did not make
  repeated_answer,   // a second one to the same offer
  unexpected_reply,  // nothing was asked

  connections_opened,
  connections_failed,    // not refused: no route, no port left, reset
  connections_ended,     // by the tracker, though they were to be kept
  connections_unclosed,  // not closed by the tracker within the timeout, though it was to
  upgrades_refused,      // to WebSocket
  tls_full,              // handshakes
  tls_resumed,
  tls_failed,
  deflated,    // connections for which permessage-deflate was agreed
  idle_held,   // until the run was over
  idle_ended,  // by the tracker, before the run was over

  // Messages of WebTorrent, beside requests, responses and offers received.
  answers_sent,
  answers_received,
  closes,
  offers_sent,
  offers_answered,
  offers_unanswered,  // given up: many later ones were sent, or the connection or run is over
  pings,              // received, and answered
  bytes_sent,
  bytes_received,
  writes,  // to connections
  reads,   // that found something
  count,
};
using Totals = std::array<std::uint64_t, static_cast<std::size_t>(Count::count)>;

constexpr Count request_count_of(Kind kind) {
  return static_cast<Count>(static_cast<std::size_t>(Count::connect_requests) +
                            static_cast<std::size_t>(kind));
}

struct Statistics {
  metrics::CounterBlock<static_cast<std::size_t>(Count::count)> counts;
  metrics::Histogram<> latency;  // from when a request should have been sent to its response
  // From a request to its reply, where `latency` is of something else, such as answers to offers.
  metrics::Histogram<> reply_latency;
  metrics::Histogram<8, 16> peers;  // in an announce response; exact up to 511

  void add(Count what, std::uint64_t amount = 1) { counts.inc(what, amount); }
};

// One for each worker.
using WorkerStatistics = std::vector<std::unique_ptr<Statistics>>;

// The counts that the report of a protocol has, by the names that it has for them. Others are the
// same for all.
struct CountLayout {
  std::span<const Named<Count>> requests;
  std::span<const Named<Count>> responses;
  std::span<const Named<Count>> faults;
  std::span<const Named<Count>> connections = {};  // nothing where there are none to count
  // Where messages go both ways unasked: what is sent, requests among it, and what became of
  // offers.
  std::span<const Named<Count>> sent = {};
  std::span<const Named<Count>> offers = {};
};

}  // namespace gyre::load_test
