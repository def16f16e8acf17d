// What connections count, whatever their protocol: one row for each event.
//
// Over all workers, gyre_connections_accepted_total is the sum of gyre_connections_closed_total and
// the connections that are open, but for those on their way from one worker to another.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "common/metrics/counters.hpp"

namespace gyre::connection {

// Why a connection has ended: every one that was accepted ends for exactly one of these.
enum class CloseReason : std::uint8_t {
  by_client,         // the client has closed it, or sends no more, and has all its answers
  answered,          // after an answer that says so
  lost,              // the network or the client has reset it
  handshake_late,    // no whole PROXY header or TLS handshake within its deadline
  request_late,      // no whole request within its deadline
  idle_too_long,     //
  reading_too_slow,  // the client did not take what was sent within its deadline
  no_send_slot,      // no memory to send came free within the deadline
  evicted,           // for a newer one: as many as may be are open, or no descriptor is left
  over_limit,        // as many as may be are open, and none could be evicted
  over_address_limit,
  over_handshake_limit,  // as many TLS handshakes as may be are under way
  no_input_memory,       // no memory to store the beginning of a request
  bad_handshake,         // not the PROXY header that was to come, or a TLS handshake that failed
  stopped,               // the tracker stops
  no_pong,               // no sign of life within the deadline after a ping
  protocol_error,        // the client broke the rules of its protocol
  policy,                // the client asked for too much
  no_announce,           // no announce or scrape within its deadline
  denied_network,        // the client's network is on the deny list
  untrusted_proxy,       // the PROXY protocol is on, and it is from no trusted network
  over_connection_rate,  // the client's address or network opens them too fast
  over_handshake_rate,   // the same with TLS
};
inline constexpr std::size_t close_reason_count = 23;

enum class Counter : std::size_t {
  accepted,
  closed,  // the first of one for each reason
  accept_failed = closed + close_reason_count,
  no_descriptor,
  receive_paused,
  send_slots_used_up,
  rx_bytes,
  tx_bytes,
  tls_handshake_full,
  tls_handshake_resumed,
  tls_failed,
};

inline constexpr auto counter_rows = [] {
  constexpr auto reason = [](CloseReason close_reason) {
    return static_cast<Counter>(static_cast<std::size_t>(Counter::closed) +
                                static_cast<std::size_t>(close_reason));
  };
  constexpr auto closed = "gyre_connections_closed_total";
  using enum CloseReason;
  return std::to_array<metrics::CounterRow<Counter>>({
      {Counter::accepted, "gyre_connections_accepted_total", "Connections accepted.", ""},
      {reason(by_client), closed, "Connections closed, by reason.", R"(reason="by_client")"},
      {reason(answered), closed, "", R"(reason="answered")"},
      {reason(lost), closed, "", R"(reason="lost")"},
      {reason(handshake_late), closed, "", R"(reason="handshake_late")"},
      {reason(request_late), closed, "", R"(reason="request_late")"},
      {reason(idle_too_long), closed, "", R"(reason="idle_too_long")"},
      {reason(reading_too_slow), closed, "", R"(reason="reading_too_slow")"},
      {reason(no_send_slot), closed, "", R"(reason="no_send_slot")"},
      {reason(evicted), closed, "", R"(reason="evicted")"},
      {reason(over_limit), closed, "", R"(reason="over_limit")"},
      {reason(over_address_limit), closed, "", R"(reason="over_address_limit")"},
      {reason(over_handshake_limit), closed, "", R"(reason="over_handshake_limit")"},
      {reason(no_input_memory), closed, "", R"(reason="no_input_memory")"},
      {reason(bad_handshake), closed, "", R"(reason="bad_handshake")"},
      {reason(stopped), closed, "", R"(reason="stopped")"},
      {reason(no_pong), closed, "", R"(reason="no_pong")"},
      {reason(protocol_error), closed, "", R"(reason="protocol_error")"},
      {reason(policy), closed, "", R"(reason="policy")"},
      {reason(no_announce), closed, "", R"(reason="no_announce")"},
      {reason(denied_network), closed, "", R"(reason="denied_network")"},
      {reason(untrusted_proxy), closed, "", R"(reason="untrusted_proxy")"},
      {reason(over_connection_rate), closed, "", R"(reason="over_connection_rate")"},
      {reason(over_handshake_rate), closed, "", R"(reason="over_handshake_rate")"},
      {Counter::accept_failed, "gyre_accept_failures_total", "Failed accepts, retried.",
       R"(reason="other")"},
      {Counter::no_descriptor, "gyre_accept_failures_total", "", R"(reason="no_descriptor")"},
      {Counter::receive_paused, "gyre_receive_pauses_total",
       "Times that receiving paused because all receive buffers were in use.", ""},
      {Counter::send_slots_used_up, "gyre_send_slots_used_up_total",
       "Connections that had to wait for a send slot.", ""},
      {Counter::rx_bytes, "gyre_rx_bytes_total",
       "Bytes received, without headers of IP, UDP and TCP.", ""},
      {Counter::tx_bytes, "gyre_tx_bytes_total",
       "Bytes handed to the kernel, without headers of IP, UDP and TCP.", ""},
      {Counter::tls_handshake_full, "gyre_tls_handshakes_total", "TLS handshakes completed.",
       R"(type="full")"},
      {Counter::tls_handshake_resumed, "gyre_tls_handshakes_total", "", R"(type="resumed")"},
      {Counter::tls_failed, "gyre_tls_failures_total",
       "TLS connections that failed, mostly in the handshake.", ""},
  });
}();
static_assert(metrics::is_valid_table(counter_rows));

// One worker's.
struct Metrics {
  metrics::CounterBlock<counter_rows.size()> counters;
  std::atomic<std::uint64_t> open{0};            // connections now; closing ones count
  std::atomic<std::uint64_t> ring_overflows{0};  // completions that found no room in the ring

  void count(Counter counter, std::uint64_t amount = 1) { counters.inc(counter, amount); }
  void count_closed(CloseReason reason) {
    counters.inc(static_cast<std::size_t>(Counter::closed) + static_cast<std::size_t>(reason));
  }
  std::uint64_t closed(CloseReason reason) const {
    return counters.value(static_cast<std::size_t>(Counter::closed) +
                          static_cast<std::size_t>(reason));
  }
};

}  // namespace gyre::connection
