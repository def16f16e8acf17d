// What one worker counts in one phase of a run. Written by the worker, read by the main thread at
// any time. Between a load tester, whose counts are an enum of its own, and the measurement, which
// is told by a CountLayout where in that enum the things are that every report has.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"

namespace gyre::load_test {

inline constexpr std::size_t count_max = 32;
using Totals = std::array<std::uint64_t, count_max>;

struct Statistics {
  metrics::CounterBlock<count_max> counts;
  metrics::Histogram<> latency;  // from when a request should have been sent to its response

  template <class Count>
  void add(Count what, std::uint64_t amount = 1) {
    counts.inc(what, amount);
  }
};

// One for each worker.
using WorkerStatistics = std::vector<std::unique_ptr<Statistics>>;

// Counts that follow each other, and what reports call them.
struct NamedCounts {
  std::size_t first = 0;
  std::span<const std::string_view> names;
};

// Indices of counts.
struct CountLayout {
  NamedCounts requests;  // by kind
  NamedCounts responses;
  NamedCounts faults;            // of responses
  NamedCounts connections = {};  // nothing where there are none to count
  std::size_t announce_responses = 0;
  std::size_t peers = 0;  // in them
  std::size_t lost = 0;
  std::size_t late = 0;     // responses to what was counted as lost
  std::size_t refused = 0;  // the host says that nobody listens on the port
  std::size_t idle_ns = 0;  // in which there was nothing to send and nothing received
};

}  // namespace gyre::load_test
