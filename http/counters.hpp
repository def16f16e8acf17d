// The counters of gyre_http, in two tables: those of a client's address are kept for IPv4 and IPv6,
// the others are not. A worker updates its own; the thread that serves /metrics adds them up.
//
// At rest, gyre_requests_total equals gyre_responses_total, and gyre_failures_total the responses
// of type "failure". Requests for pages, and those of unknown clients, are counted in
// gyre_pages_total and gyre_requests_without_address_total instead.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "common/base/types.hpp"
#include "common/connection/counters.hpp"
#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"
#include "common/metrics/page_counters.hpp"

namespace gyre::http {

// Kept by the family of the client's address.
enum class Counter : std::size_t {
  request_announce,
  request_scrape,
  response_announce,
  response_scrape,
  response_full_scrape,
  response_failure,
  failure_no_info_hash,
  failure_malformed_info_hash,
  failure_not_allowed,
  failure_denied_network,
  failure_denied_peer_id,
  failure_denied_user_agent,
  failure_full_scrape_off,
  failure_full_scrape_later,
  failure_over_rate,
  peers_sent,
  announces_not_stored,
  peers_refused,
  torrents_refused,
  peers_replaced_in_full_swarm,
  peers_replaced_of_address,
};

inline constexpr auto counter_rows = std::to_array<metrics::CounterRow<Counter>>({
    {Counter::request_announce, "gyre_requests_total", "Requests received, by type.",
     R"(type="announce")"},
    {Counter::request_scrape, "gyre_requests_total", "", R"(type="scrape")"},
    {Counter::response_announce, "gyre_responses_total", "Responses, by type.",
     R"(type="announce")"},
    {Counter::response_scrape, "gyre_responses_total", "", R"(type="scrape")"},
    {Counter::response_full_scrape, "gyre_responses_total", "", R"(type="full_scrape")"},
    {Counter::response_failure, "gyre_responses_total", "", R"(type="failure")"},
    {Counter::failure_no_info_hash, "gyre_failures_total",
     "Requests answered with an error or failure reason.", R"(reason="no_info_hash")"},
    {Counter::failure_malformed_info_hash, "gyre_failures_total", "",
     R"(reason="malformed_info_hash")"},
    {Counter::failure_not_allowed, "gyre_failures_total", "", R"(reason="not_allowed")"},
    {Counter::failure_denied_network, "gyre_failures_total", "", R"(reason="denied_network")"},
    {Counter::failure_denied_peer_id, "gyre_failures_total", "", R"(reason="denied_peer_id")"},
    {Counter::failure_denied_user_agent, "gyre_failures_total", "",
     R"(reason="denied_user_agent")"},
    {Counter::failure_full_scrape_off, "gyre_failures_total", "", R"(reason="full_scrape_off")"},
    {Counter::failure_full_scrape_later, "gyre_failures_total", "",
     R"(reason="full_scrape_later")"},
    {Counter::failure_over_rate, "gyre_failures_total", "", R"(reason="over_rate")"},
    {Counter::peers_sent, "gyre_peers_sent_total", "Peers returned, by their own family.", ""},
    {Counter::announces_not_stored, "gyre_announces_not_stored_total",
     "Announces answered and not stored: without a port or a usable address, or HEAD.", ""},
    {Counter::peers_refused, "gyre_announces_refused_total",
     "Announces answered but not stored, by the budget or limit that was reached.",
     R"(budget="peers")"},
    {Counter::torrents_refused, "gyre_announces_refused_total", "", R"(budget="torrents")"},
    {Counter::peers_replaced_in_full_swarm, "gyre_peers_replaced_total",
     "Peers evicted by a new one: the oldest of a full swarm, or of an address at its limit in a "
     "swarm.",
     R"(limit="swarm")"},
    {Counter::peers_replaced_of_address, "gyre_peers_replaced_total", "", R"(limit="address")"},
});
static_assert(metrics::is_valid_table(counter_rows));

// Independent of the family.
enum class WorkerCounter : std::size_t {
  no_client_address,
  no_address_header,
  malformed_address_header,
};

inline constexpr auto worker_counter_rows = std::to_array<metrics::CounterRow<WorkerCounter>>({
    {WorkerCounter::no_client_address, "gyre_requests_without_address_total",
     "Announces and scrapes answered with a failure reason, because the client's address is "
     "unknown.",
     R"(reason="no_address")"},
    {WorkerCounter::no_address_header, "gyre_requests_without_address_total", "",
     R"(reason="no_header")"},
    {WorkerCounter::malformed_address_header, "gyre_requests_without_address_total", "",
     R"(reason="malformed_header")"},
});
static_assert(metrics::is_valid_table(worker_counter_rows));

// One worker's counters.
struct WorkerMetrics {
  metrics::FamilyCounterBlock<counter_rows.size()> counters;
  metrics::CounterBlock<worker_counter_rows.size()> worker_counters;
  metrics::PageCounters pages;
  connection::Metrics streams;
  // From receiving a request from the kernel to having its response ready; requests handled in one
  // batch have the same latency.
  metrics::Histogram<5, 34> latency;

  void count(Counter counter, Family family, std::uint64_t amount = 1) {
    counters.count(counter, family, amount);
  }
  void count(WorkerCounter counter, std::uint64_t amount = 1) {
    worker_counters.inc(counter, amount);
  }
  void count(http1::PageKind page) { pages.inc(page); }
};

}  // namespace gyre::http
