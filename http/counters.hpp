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
#include "common/connection/stream_counters.hpp"
#include "common/http1/pages.hpp"
#include "common/metrics/family_counters.hpp"
#include "common/metrics/histogram.hpp"

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
  failure_full_scrape_off,
  failure_full_scrape_later,
  peers_sent,
  announces_not_stored,
  peers_refused,
  torrents_refused,
  peers_replaced_in_full_swarm,
  peers_replaced_of_address,
};

inline constexpr auto counter_pairs = std::to_array<metrics::CounterPair<Counter>>({
    {Counter::request_announce, "gyre_requests_total", "Announces and scrapes received.",
     R"(ip="4",type="announce")", R"(ip="6",type="announce")"},
    {Counter::request_scrape, "gyre_requests_total", "", R"(ip="4",type="scrape")",
     R"(ip="6",type="scrape")"},
    {Counter::response_announce, "gyre_responses_total", "Responses to announces and scrapes.",
     R"(ip="4",type="announce")", R"(ip="6",type="announce")"},
    {Counter::response_scrape, "gyre_responses_total", "", R"(ip="4",type="scrape")",
     R"(ip="6",type="scrape")"},
    {Counter::response_full_scrape, "gyre_responses_total", "", R"(ip="4",type="full_scrape")",
     R"(ip="6",type="full_scrape")"},
    {Counter::response_failure, "gyre_responses_total", "", R"(ip="4",type="failure")",
     R"(ip="6",type="failure")"},
    {Counter::failure_no_info_hash, "gyre_failures_total",
     "Announces and scrapes answered with a failure reason.", R"(ip="4",reason="no_info_hash")",
     R"(ip="6",reason="no_info_hash")"},
    {Counter::failure_malformed_info_hash, "gyre_failures_total", "",
     R"(ip="4",reason="malformed_info_hash")", R"(ip="6",reason="malformed_info_hash")"},
    {Counter::failure_not_allowed, "gyre_failures_total", "", R"(ip="4",reason="not_allowed")",
     R"(ip="6",reason="not_allowed")"},
    {Counter::failure_full_scrape_off, "gyre_failures_total", "",
     R"(ip="4",reason="full_scrape_off")", R"(ip="6",reason="full_scrape_off")"},
    {Counter::failure_full_scrape_later, "gyre_failures_total", "",
     R"(ip="4",reason="full_scrape_later")", R"(ip="6",reason="full_scrape_later")"},
    {Counter::peers_sent, "gyre_peers_sent_total", "Peers returned, by their own family.",
     R"(ip="4")", R"(ip="6")"},
    {Counter::announces_not_stored, "gyre_announces_not_stored_total",
     "Announces without a port, or by HEAD, answered and not stored.", R"(ip="4")", R"(ip="6")"},
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
});
inline constexpr auto counter_rows = metrics::rows_of(counter_pairs);
static_assert(metrics::is_valid_table(counter_pairs));

// Independent of the family. The pages come first, in the order of http1::PageKind.
enum class WorkerCounter : std::size_t {
  page_index,
  page_health,
  page_not_found,
  page_method_not_allowed,
  page_not_http,
  page_bad_request,
  page_request_line_too_long,
  page_head_too_large,
  page_wrong_port_for_tls,
  no_client_address,
  no_address_header,
  malformed_address_header,
  tls_handshake_full,
  tls_handshake_resumed,
  tls_failed,
};

inline constexpr auto worker_counter_rows = std::to_array<metrics::CounterRow<WorkerCounter>>({
    {WorkerCounter::page_index, "gyre_pages_total",
     "Responses to requests other than announces and scrapes, by page.", R"(page="index")"},
    {WorkerCounter::page_health, "gyre_pages_total", "", R"(page="health")"},
    {WorkerCounter::page_not_found, "gyre_pages_total", "", R"(page="not_found")"},
    {WorkerCounter::page_method_not_allowed, "gyre_pages_total", "",
     R"(page="method_not_allowed")"},
    {WorkerCounter::page_not_http, "gyre_pages_total", "", R"(page="not_http")"},
    {WorkerCounter::page_bad_request, "gyre_pages_total", "", R"(page="bad_request")"},
    {WorkerCounter::page_request_line_too_long, "gyre_pages_total", "",
     R"(page="request_line_too_long")"},
    {WorkerCounter::page_head_too_large, "gyre_pages_total", "", R"(page="head_too_large")"},
    {WorkerCounter::page_wrong_port_for_tls, "gyre_pages_total", "",
     R"(page="wrong_port_for_tls")"},
    {WorkerCounter::no_client_address, "gyre_requests_without_address_total",
     "Announces and scrapes answered with a failure reason, because the client's address is "
     "unknown.",
     R"(reason="no_address")"},
    {WorkerCounter::no_address_header, "gyre_requests_without_address_total", "",
     R"(reason="no_header")"},
    {WorkerCounter::malformed_address_header, "gyre_requests_without_address_total", "",
     R"(reason="malformed_header")"},
    {WorkerCounter::tls_handshake_full, "gyre_tls_handshakes_total", "TLS handshakes completed.",
     R"(type="full")"},
    {WorkerCounter::tls_handshake_resumed, "gyre_tls_handshakes_total", "", R"(type="resumed")"},
    {WorkerCounter::tls_failed, "gyre_tls_failures_total",
     "TLS connections that failed, mostly in the handshake.", ""},
});
static_assert(metrics::is_valid_table(worker_counter_rows));
static_assert(static_cast<std::size_t>(WorkerCounter::page_wrong_port_for_tls) ==
              static_cast<std::size_t>(http1::PageKind::wrong_port_for_tls));

// One worker's counters.
struct WorkerMetrics {
  metrics::FamilyCounterBlock<Counter, counter_pairs.size()> counters;
  metrics::CounterBlock<worker_counter_rows.size()> worker_counters;
  connection::StreamMetrics streams;
  // From receiving a request from the kernel to having its response ready; requests handled in one
  // batch have the same latency.
  metrics::Histogram<5, 34> latency;

  void count(Counter counter, Family family, std::uint64_t amount = 1) {
    counters.count(counter, family, amount);
  }
  void count(WorkerCounter counter, std::uint64_t amount = 1) {
    worker_counters.inc(counter, amount);
  }
  void count(http1::PageKind page) {
    worker_counters.inc(static_cast<std::size_t>(page));  // the first counters, in this order
  }
};

}  // namespace gyre::http
