// What a worker counts, and where the report finds it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "load-test/statistics.hpp"

namespace gyre::load_test::udp {

enum class Count : std::uint8_t {
  connect_requests,  // by Kind, in its order
  announce_requests,
  scrape_requests,
  connect_responses,  // by Kind again, then errors
  announce_responses,
  scrape_responses,
  error_responses,
  lost,
  late,  // responses to what was counted as lost
  peers,
  wrong_size,
  unknown_action,
  unknown_transaction,
  wrong_action,
  implausible_peers,
  refused,  // the host says that nobody listens on the port
  idle_ns,  // in which there was nothing to send and nothing received
  count,
};

using Statistics = load_test::Statistics;

inline constexpr std::array<std::string_view, 4> response_names = {"connect", "announce", "scrape",
                                                                   "error"};
inline constexpr std::array<std::string_view, 5> fault_names = {
    "wrong_size", "unknown_action", "unknown_transaction", "wrong_action", "implausible_peers"};

constexpr std::size_t index_of(Count count) {
  return static_cast<std::size_t>(count);
}

inline constexpr load_test::CountLayout count_layout = {
    .requests = {index_of(Count::connect_requests), std::span(response_names).first<3>()},
    .responses = {index_of(Count::connect_responses), response_names},
    .faults = {index_of(Count::wrong_size), fault_names},
    .announce_responses = index_of(Count::announce_responses),
    .peers = index_of(Count::peers),
    .lost = index_of(Count::lost),
    .late = index_of(Count::late),
    .refused = index_of(Count::refused),
    .idle_ns = index_of(Count::idle_ns)};
static_assert(index_of(Count::count) <= load_test::count_max);

}  // namespace gyre::load_test::udp
