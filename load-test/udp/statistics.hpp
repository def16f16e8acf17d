// What one worker counts in one phase of a run. Written by the worker, read by the main thread at
// any time. Names and meaning of the counts are in measurement.cpp, which makes reports of them.
#pragma once

#include <cstdint>

#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"

namespace gyre::udp_load {

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

inline constexpr auto count_count = static_cast<std::size_t>(Count::count);

struct Statistics {
  metrics::CounterBlock<count_count> counts;
  metrics::Histogram<> latency;  // from when a request should have been sent to its response

  void add(Count what, std::uint64_t amount = 1) { counts.inc(what, amount); }
};

}  // namespace gyre::udp_load
