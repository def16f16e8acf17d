// The counters of gyre_udp, each kept for IPv4 and IPv6. A worker updates its own; the thread that
// serves /metrics adds them up.
//
// At rest, gyre_datagrams_received_total is the sum of gyre_responses_total and
// gyre_datagrams_dropped_total, and gyre_failures_total the responses of type "error".
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "common/base/types.hpp"
#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"

namespace gyre::udp {

enum class Counter : std::size_t {
  request_connect,
  request_announce,
  request_scrape,
  response_connect,
  response_announce,
  response_scrape,
  response_error,
  rx_datagrams,
  rx_bytes,
  tx_bytes,
  drop_too_short,
  drop_wrong_protocol_id,
  drop_unknown_action,
  drop_invalid_connection_id,
  drop_source_port_zero,
  drop_no_reply_slot,
  drop_denied_network,
  drop_over_rate,
  drop_overload,
  failure_no_info_hash,
  failure_not_allowed,
  failure_denied_peer_id,
  peers_sent,
  announces_not_stored,
  announces_with_url_data,
  peers_refused,
  torrents_refused,
  peers_replaced_in_full_swarm,
  peers_replaced_of_address,
  send_delayed,
  send_failed,
  kernel_dropped,
};

inline constexpr auto counter_rows = std::to_array<metrics::CounterRow<Counter>>({
    {Counter::request_connect, "gyre_requests_total", "Requests received, by type.",
     R"(type="connect")"},
    {Counter::request_announce, "gyre_requests_total", "", R"(type="announce")"},
    {Counter::request_scrape, "gyre_requests_total", "", R"(type="scrape")"},
    {Counter::response_connect, "gyre_responses_total", "Responses, by type.", R"(type="connect")"},
    {Counter::response_announce, "gyre_responses_total", "", R"(type="announce")"},
    {Counter::response_scrape, "gyre_responses_total", "", R"(type="scrape")"},
    {Counter::response_error, "gyre_responses_total", "", R"(type="error")"},
    {Counter::rx_datagrams, "gyre_datagrams_received_total", "Datagrams received.", ""},
    {Counter::rx_bytes, "gyre_rx_bytes_total",
     "Bytes received, without headers of IP, UDP and TCP.", ""},
    {Counter::tx_bytes, "gyre_tx_bytes_total",
     "Bytes handed to the kernel, without headers of IP, UDP and TCP.", ""},
    {Counter::drop_too_short, "gyre_datagrams_dropped_total", "Datagrams dropped, by reason.",
     R"(reason="too_short")"},
    {Counter::drop_wrong_protocol_id, "gyre_datagrams_dropped_total", "",
     R"(reason="wrong_protocol_id")"},
    {Counter::drop_unknown_action, "gyre_datagrams_dropped_total", "",
     R"(reason="unknown_action")"},
    {Counter::drop_invalid_connection_id, "gyre_datagrams_dropped_total", "",
     R"(reason="invalid_connection_id")"},
    {Counter::drop_source_port_zero, "gyre_datagrams_dropped_total", "",
     R"(reason="source_port_zero")"},
    {Counter::drop_no_reply_slot, "gyre_datagrams_dropped_total", "", R"(reason="no_reply_slot")"},
    {Counter::drop_denied_network, "gyre_datagrams_dropped_total", "",
     R"(reason="denied_network")"},
    {Counter::drop_over_rate, "gyre_datagrams_dropped_total", "", R"(reason="over_rate")"},
    {Counter::drop_overload, "gyre_datagrams_dropped_total", "", R"(reason="overload")"},
    {Counter::failure_no_info_hash, "gyre_failures_total",
     "Requests answered with an error or failure reason.", R"(reason="no_info_hash")"},
    {Counter::failure_not_allowed, "gyre_failures_total", "", R"(reason="not_allowed")"},
    {Counter::failure_denied_peer_id, "gyre_failures_total", "", R"(reason="denied_peer_id")"},
    {Counter::peers_sent, "gyre_peers_sent_total", "Peers returned, by their own family.", ""},
    {Counter::announces_not_stored, "gyre_announces_not_stored_total",
     "Announces answered and not stored: without a port or a usable address, or HEAD.", ""},
    {Counter::announces_with_url_data, "gyre_announces_with_url_data_total",
     "Announces with the URL's path and query (BEP 41).", ""},
    {Counter::peers_refused, "gyre_announces_refused_total",
     "Announces answered but not stored, by the budget or limit that was reached.",
     R"(budget="peers")"},
    {Counter::torrents_refused, "gyre_announces_refused_total", "", R"(budget="torrents")"},
    {Counter::peers_replaced_in_full_swarm, "gyre_peers_replaced_total",
     "Peers evicted by a new one: the oldest of a full swarm, or of an address at its limit in a "
     "swarm.",
     R"(limit="swarm")"},
    {Counter::peers_replaced_of_address, "gyre_peers_replaced_total", "", R"(limit="address")"},
    {Counter::send_delayed, "gyre_sends_delayed_total",
     "Responses that waited for space in a send buffer, by the socket's family.", ""},
    {Counter::send_failed, "gyre_send_failures_total",
     "Responses that the kernel refused to send, also counted in gyre_responses_total, by the "
     "socket's family.",
     ""},
    {Counter::kernel_dropped, "gyre_kernel_drops_total",
     "Datagrams that the kernel dropped because the receive buffer was full, by the socket's "
     "family.",
     ""},
});

static_assert(metrics::is_valid_table(counter_rows));

// One worker's counters.
struct WorkerMetrics {
  metrics::FamilyCounterBlock<counter_rows.size()> counters;
  // From receiving a datagram from the kernel to handing over its response; datagrams handled in
  // one batch have the same latency.
  metrics::Histogram<5, 34> latency;
  std::atomic<std::uint64_t> ring_overflows{0};  // of the completion queue
  std::atomic<std::uint64_t> receive_pauses{0};  // because all receive buffers were in use
  std::atomic<std::uint64_t> overload_level{0};  // OverloadLevel, now

  void count(Counter counter, Family family, std::uint64_t amount = 1) {
    counters.count(counter, family, amount);
  }
  std::uint64_t count_of(Counter counter) const {
    const std::size_t first = family_count * static_cast<std::size_t>(counter);
    return counters.value(first) + counters.value(first + 1);
  }
};

}  // namespace gyre::udp
