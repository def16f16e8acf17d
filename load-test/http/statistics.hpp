// What a worker counts, and where the report finds it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "load-test/statistics.hpp"

namespace gyre::load_test::http {

enum class Count : std::uint8_t {
  announce_requests,  // by Kind, in its order
  scrape_requests,
  announce_responses,  // by Kind again, then errors: a failure reason, or a status other than 200
  scrape_responses,
  error_responses,
  lost,
  peers,
  malformed_head,
  closed_early,  // before the response was complete
  too_large,
  malformed_body,  // not bencode, or without what the answer to such a request has
  implausible_peers,
  connections_opened,
  connections_failed,    // not refused: no route, no port left, reset before the first response
  connections_ended,     // by the tracker, though they were to be kept
  connections_unclosed,  // not closed by the tracker within the timeout, though it was to
  tls_full,              // handshakes
  tls_resumed,
  tls_failed,
  idle_held,   // until the run was over
  idle_ended,  // by the tracker, before the run was over
  refused,     // the host says that nobody listens on the port
  late,        // always 0: a connection that was given up is closed
  idle_ns,     // in which there was nothing to send and nothing received
  count,
};

using Statistics = load_test::Statistics;

inline constexpr std::array<std::string_view, 3> response_names = {"announce", "scrape", "error"};
inline constexpr std::array<std::string_view, 5> fault_names = {
    "malformed_head", "closed_early", "too_large", "malformed_body", "implausible_peers"};
inline constexpr std::array<std::string_view, 9> connection_names = {
    "opened",      "failed",     "ended",     "unclosed",  "tls_full",
    "tls_resumed", "tls_failed", "idle_held", "idle_ended"};

constexpr std::size_t index_of(Count count) {
  return static_cast<std::size_t>(count);
}

inline constexpr load_test::CountLayout count_layout = {
    .requests = {index_of(Count::announce_requests), std::span(response_names).first<2>()},
    .responses = {index_of(Count::announce_responses), response_names},
    .faults = {index_of(Count::malformed_head), fault_names},
    .connections = {index_of(Count::connections_opened), connection_names},
    .announce_responses = index_of(Count::announce_responses),
    .peers = index_of(Count::peers),
    .lost = index_of(Count::lost),
    .late = index_of(Count::late),
    .refused = index_of(Count::refused),
    .idle_ns = index_of(Count::idle_ns)};
static_assert(index_of(Count::count) <= load_test::count_max);
static_assert(index_of(Count::idle_ended) + 1 ==
              index_of(Count::connections_opened) + connection_names.size());
static_assert(index_of(Count::implausible_peers) + 1 ==
              index_of(Count::malformed_head) + fault_names.size());

}  // namespace gyre::load_test::http
