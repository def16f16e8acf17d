// The counters of gyre_udp, each kept for IPv4 and IPv6. A worker updates its own; the thread that
// serves /metrics adds them up.
//
// At rest, gyre_rx_datagrams_total is the sum of gyre_responses_total and gyre_dropped_total.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "common/base/types.hpp"
#include "common/metrics/family_counters.hpp"
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

inline constexpr auto counter_pairs = std::to_array<metrics::CounterPair<Counter>>({
    {Counter::request_connect, "gyre_requests_total", "Well-formed requests received.",
     R"(ip="4",type="connect")", R"(ip="6",type="connect")"},
    {Counter::request_announce, "gyre_requests_total", "", R"(ip="4",type="announce")",
     R"(ip="6",type="announce")"},
    {Counter::request_scrape, "gyre_requests_total", "", R"(ip="4",type="scrape")",
     R"(ip="6",type="scrape")"},
    {Counter::response_connect, "gyre_responses_total", "Responses handed to the kernel.",
     R"(ip="4",type="connect")", R"(ip="6",type="connect")"},
    {Counter::response_announce, "gyre_responses_total", "", R"(ip="4",type="announce")",
     R"(ip="6",type="announce")"},
    {Counter::response_scrape, "gyre_responses_total", "", R"(ip="4",type="scrape")",
     R"(ip="6",type="scrape")"},
    {Counter::response_error, "gyre_responses_total", "", R"(ip="4",type="error")",
     R"(ip="6",type="error")"},
    {Counter::rx_datagrams, "gyre_rx_datagrams_total", "Datagrams received.", R"(ip="4")",
     R"(ip="6")"},
    {Counter::rx_bytes, "gyre_rx_bytes_total", "UDP payload received.", R"(ip="4")", R"(ip="6")"},
    {Counter::tx_bytes, "gyre_tx_bytes_total", "UDP payload handed to the kernel.", R"(ip="4")",
     R"(ip="6")"},
    {Counter::drop_too_short, "gyre_dropped_total", "Datagrams dropped, by reason.",
     R"(ip="4",reason="too_short")", R"(ip="6",reason="too_short")"},
    {Counter::drop_wrong_protocol_id, "gyre_dropped_total", "",
     R"(ip="4",reason="wrong_protocol_id")", R"(ip="6",reason="wrong_protocol_id")"},
    {Counter::drop_unknown_action, "gyre_dropped_total", "", R"(ip="4",reason="unknown_action")",
     R"(ip="6",reason="unknown_action")"},
    {Counter::drop_invalid_connection_id, "gyre_dropped_total", "",
     R"(ip="4",reason="invalid_connection_id")", R"(ip="6",reason="invalid_connection_id")"},
    {Counter::drop_source_port_zero, "gyre_dropped_total", "",
     R"(ip="4",reason="source_port_zero")", R"(ip="6",reason="source_port_zero")"},
    {Counter::drop_no_reply_slot, "gyre_dropped_total", "", R"(ip="4",reason="no_reply_slot")",
     R"(ip="6",reason="no_reply_slot")"},
    {Counter::peers_sent, "gyre_peers_sent_total", "Peers returned.", R"(ip="4")", R"(ip="6")"},
    {Counter::announces_not_stored, "gyre_announces_not_stored_total",
     "Announces without a port, answered and not stored.", R"(ip="4")", R"(ip="6")"},
    {Counter::announces_with_url_data, "gyre_announces_with_url_data_total",
     "Announces with the URL's path and query (BEP 41).", R"(ip="4")", R"(ip="6")"},
    {Counter::peers_refused, "gyre_announces_refused_total",
     "Announces answered but not stored, because a budget was used up.", R"(ip="4",budget="peers")",
     R"(ip="6",budget="peers")"},
    {Counter::torrents_refused, "gyre_announces_refused_total", "", R"(ip="4",budget="torrents")",
     R"(ip="6",budget="torrents")"},
    {Counter::peers_replaced_in_full_swarm, "gyre_peers_replaced_total",
     "Peers evicted by a new one: the oldest of a full swarm, or of an address at its limit in a "
     "swarm.",
     R"(ip="4",limit="swarm")", R"(ip="6",limit="swarm")"},
    {Counter::peers_replaced_of_address, "gyre_peers_replaced_total", "",
     R"(ip="4",limit="address")", R"(ip="6",limit="address")"},
    {Counter::send_delayed, "gyre_sends_delayed_total",
     "Responses that waited for space in a send buffer, by the socket's family.", R"(ip="4")",
     R"(ip="6")"},
    {Counter::send_failed, "gyre_send_failures_total",
     "Responses that the kernel refused to send, also counted in gyre_responses_total, by the "
     "socket's family.",
     R"(ip="4")", R"(ip="6")"},
    {Counter::kernel_dropped, "gyre_kernel_drops_total",
     "Datagrams that the kernel dropped because the receive buffer was full, by the socket's "
     "family.",
     R"(ip="4")", R"(ip="6")"},
});

inline constexpr auto counter_rows = metrics::rows_of(counter_pairs);
static_assert(metrics::is_valid_table(counter_pairs));

// One worker's counters.
struct WorkerMetrics {
  metrics::FamilyCounterBlock<Counter, counter_pairs.size()> counters;
  // From receiving a datagram from the kernel to handing over its response; datagrams handled in
  // one batch have the same latency.
  metrics::Histogram<5, 34> latency;
  std::atomic<std::uint64_t> ring_overflows{0};  // of the completion queue
  std::atomic<std::uint64_t> receive_pauses{0};  // because all receive buffers were in use

  void count(Counter counter, Family family, std::uint64_t amount = 1) {
    counters.count(counter, family, amount);
  }
};

}  // namespace gyre::udp
