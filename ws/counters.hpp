// The counters of gyre_ws, in two tables: those of a client's address are kept for IPv4 and IPv6,
// the others are not. A worker updates its own; the thread that serves /metrics adds them up.
//
// Each request causes one message (a reply, a failure, or an answer to another client), and
// possibly offers: at rest, gyre_messages_sent_total plus gyre_messages_dropped_total (except those
// over the rate) equals gyre_requests_total plus the relayed offers. gyre_offers_total has all
// offers of announces that are allowed. Why connections ended is in connection::Metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/types.hpp"
#include "common/connection/counters.hpp"
#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"
#include "common/metrics/page_counters.hpp"

namespace gyre::ws {

// Kept by the family of the sender's address.
enum class Counter : std::size_t {
  request_announce,
  request_answer,
  request_scrape,
  request_malformed,
  failure_malformed,
  failure_not_allowed,
  failure_denied_network,
  failure_denied_peer_id,
  failure_answer_not_due,
  failure_offerer_gone,
  failure_busy,
  failure_over_credit,
  failure_over_rate,
  offers_relayed,
  offers_without_peer,
  offers_over_max,
  offers_over_rate,
  offers_over_credit,
  answers_relayed,
  refused_peer,
  refused_torrent,
  refused_swarm,
  refused_connection,
  refused_address,
  evicted_peer,  // for another one
};

inline constexpr auto counter_rows = std::to_array<metrics::CounterRow<Counter>>({
    {Counter::request_announce, "gyre_requests_total", "Requests received, by type.",
     R"(type="announce")"},
    {Counter::request_answer, "gyre_requests_total", "", R"(type="answer")"},
    {Counter::request_scrape, "gyre_requests_total", "", R"(type="scrape")"},
    {Counter::request_malformed, "gyre_requests_total", "", R"(type="malformed")"},
    {Counter::failure_malformed, "gyre_failures_total",
     "Requests answered with an error or failure reason.", R"(reason="malformed")"},
    {Counter::failure_not_allowed, "gyre_failures_total", "", R"(reason="not_allowed")"},
    {Counter::failure_denied_network, "gyre_failures_total", "", R"(reason="denied_network")"},
    {Counter::failure_denied_peer_id, "gyre_failures_total", "", R"(reason="denied_peer_id")"},
    {Counter::failure_answer_not_due, "gyre_failures_total", "", R"(reason="answer_not_due")"},
    {Counter::failure_offerer_gone, "gyre_failures_total", "", R"(reason="offerer_gone")"},
    {Counter::failure_busy, "gyre_failures_total", "", R"(reason="busy")"},
    {Counter::failure_over_credit, "gyre_failures_total", "", R"(reason="over_credit")"},
    {Counter::failure_over_rate, "gyre_failures_total", "", R"(reason="over_rate")"},
    {Counter::offers_relayed, "gyre_offers_total", "Offers received, by outcome.",
     R"(result="relayed")"},
    {Counter::offers_without_peer, "gyre_offers_total", "", R"(result="no_peer")"},
    {Counter::offers_over_max, "gyre_offers_total", "", R"(result="over_max_offers")"},
    {Counter::offers_over_rate, "gyre_offers_total", "", R"(result="over_rate")"},
    {Counter::offers_over_credit, "gyre_offers_total", "", R"(result="over_credit")"},
    {Counter::answers_relayed, "gyre_answers_relayed_total",
     "Answers relayed to the peer that made the offer.", ""},
    {Counter::refused_peer, "gyre_announces_refused_total",
     "Announces answered but not stored, by the budget or limit that was reached.",
     R"(budget="peers")"},
    {Counter::refused_torrent, "gyre_announces_refused_total", "", R"(budget="torrents")"},
    {Counter::refused_swarm, "gyre_announces_refused_total", "", R"(budget="swarm")"},
    {Counter::refused_connection, "gyre_announces_refused_total", "", R"(budget="connection")"},
    {Counter::refused_address, "gyre_announces_refused_total", "", R"(budget="address")"},
    {Counter::evicted_peer, "gyre_peers_evicted_total",
     "Peers evicted for a new one, because a budget was used up.", ""},
});
static_assert(metrics::is_valid_table(counter_rows));

// Of a worker, whatever the family.
enum class WorkerCounter : std::size_t {
  sent_announce,
  sent_scrape,
  sent_failure,
  sent_offer,
  sent_answer,
  dropped_backpressure,
  dropped_queue_full,
  dropped_gone,
  dropped_over_rate,
  forwarded,
  connections_moved,
  upgraded,
  upgraded_with_deflate,
  upgrade_malformed,
  upgrade_version,
  upgrade_origin,
  upgrade_denied_network,
  upgrade_denied_user_agent,
  upgrade_no_address,
  upgrade_no_address_header,
  upgrade_malformed_address_header,
  pings_sent,
  pings_received,
  closes_normal,
  closes_going_away,
  closes_protocol_error,
  closes_unsupported,
  closes_invalid_payload,
  closes_policy,
  closes_too_big,
  closes_internal,
  closes_try_again_later,
  inflated_from_bytes,
  inflated_to_bytes,
  deflated_from_bytes,
  deflated_to_bytes,
};

inline constexpr auto worker_counter_rows = [] {
  constexpr auto sent = "gyre_messages_sent_total";
  constexpr auto dropped = "gyre_messages_dropped_total";
  constexpr auto upgrades = "gyre_upgrades_total";
  constexpr auto closes = "gyre_close_frames_total";
  constexpr auto compressed = "gyre_compression_bytes_total";
  using enum WorkerCounter;
  return std::to_array<metrics::CounterRow<WorkerCounter>>({
      {sent_announce, sent, "Messages sent to clients.", R"(type="announce")"},
      {sent_scrape, sent, "", R"(type="scrape")"},
      {sent_failure, sent, "", R"(type="failure")"},
      {sent_offer, sent, "", R"(type="offer")"},
      {sent_answer, sent, "", R"(type="answer")"},
      {dropped_backpressure, dropped,
       "Messages dropped: the client does not read, a worker's queue was full, the connection was "
       "gone, or (of those received) they came too fast.",
       R"(reason="backpressure")"},
      {dropped_queue_full, dropped, "", R"(reason="queue_full")"},
      {dropped_gone, dropped, "", R"(reason="gone")"},
      {dropped_over_rate, dropped, "", R"(reason="over_rate")"},
      {forwarded, "gyre_messages_forwarded_total",
       "Messages forwarded to the worker that has the swarm or the connection.", ""},
      {connections_moved, "gyre_connections_moved_total",
       "Connections moved to the worker that owns their first swarm.", ""},
      {upgraded, upgrades, "WebSocket handshakes, by outcome.", R"(result="upgraded")"},
      {upgraded_with_deflate, upgrades, "", R"(result="upgraded_with_deflate")"},
      {upgrade_malformed, upgrades, "", R"(result="malformed")"},
      {upgrade_version, upgrades, "", R"(result="version")"},
      {upgrade_origin, upgrades, "", R"(result="origin")"},
      {upgrade_denied_network, upgrades, "", R"(result="denied_network")"},
      {upgrade_denied_user_agent, upgrades, "", R"(result="denied_user_agent")"},
      {upgrade_no_address, upgrades, "", R"(result="no_address")"},
      {upgrade_no_address_header, upgrades, "", R"(result="no_address_header")"},
      {upgrade_malformed_address_header, upgrades, "", R"(result="malformed_address_header")"},
      {pings_sent, "gyre_pings_total", "Pings sent and received.", R"(direction="sent")"},
      {pings_received, "gyre_pings_total", "", R"(direction="received")"},
      {closes_normal, closes, "Close frames sent, by code.", R"(code="1000")"},
      {closes_going_away, closes, "", R"(code="1001")"},
      {closes_protocol_error, closes, "", R"(code="1002")"},
      {closes_unsupported, closes, "", R"(code="1003")"},
      {closes_invalid_payload, closes, "", R"(code="1007")"},
      {closes_policy, closes, "", R"(code="1008")"},
      {closes_too_big, closes, "", R"(code="1009")"},
      {closes_internal, closes, "", R"(code="1011")"},
      {closes_try_again_later, closes, "", R"(code="1013")"},
      {inflated_from_bytes, compressed,
       "Bytes of compressed messages, before and after compression.",
       R"(direction="received",form="compressed")"},
      {inflated_to_bytes, compressed, "", R"(direction="received",form="plain")"},
      {deflated_from_bytes, compressed, "", R"(direction="sent",form="plain")"},
      {deflated_to_bytes, compressed, "", R"(direction="sent",form="compressed")"},
  });
}();
static_assert(metrics::is_valid_table(worker_counter_rows));

// One worker's metrics.
struct WorkerMetrics {
  metrics::FamilyCounterBlock<counter_rows.size()> counters;
  metrics::CounterBlock<worker_counter_rows.size()> worker_counters;
  metrics::PageCounters pages;
  connection::Metrics streams;
  // From receiving a message from the kernel to having ready what it causes; messages handled in
  // one batch have the same latency.
  metrics::Histogram<5, 34> latency;

  // Current values.
  std::atomic<std::uint64_t> websockets{0};  // open WebSockets
  std::atomic<std::uint64_t> torrents{0};
  std::atomic<std::uint64_t> peers{0};  // seeders included
  std::atomic<std::uint64_t> seeders{0};
  std::atomic<std::uint64_t> answers_due{0};  // relayed offers that can still be answered

  void count(Counter counter, Family family, std::uint64_t amount = 1) {
    counters.count(counter, family, amount);
  }
  void count(WorkerCounter counter, std::uint64_t amount = 1) {
    worker_counters.inc(counter, amount);
  }
  void count(http1::PageKind page) { pages.inc(page); }
};

}  // namespace gyre::ws
