// What one worker counts in one phase of a run. Written by the worker, read by the main thread at
// any time. Between a load tester, whose counts are an enum of its own, and the measurement, which
// is told by a CountLayout where in that enum the things are that every report has.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"

namespace gyre::load_test {

inline constexpr std::size_t count_max = 48;
using Totals = std::array<std::uint64_t, count_max>;

struct Statistics {
  metrics::CounterBlock<count_max> counts;
  metrics::Histogram<> latency;  // from when a request should have been sent to its response
  // Where `latency` is of something else, as of answers to offers: that of a request's reply.
  metrics::Histogram<> reply_latency;
  metrics::Histogram<8, 16> peers;  // in an announce response; exact up to 511

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

// Where messages go both ways unasked, and responses are all that come: what there is to tell of
// them.
struct MessageCounts {
  NamedCounts sent;              // by kind; requests are among them
  std::size_t reply_kind_count;  // of the kinds of responses, the first ones: they end a request
  std::size_t bytes_sent;
  std::size_t bytes_received;
  std::size_t writes;  // by which they were sent
  std::size_t reads;   // by which they were received
  NamedCounts offers;  // what became of them
};

// Indices of counts.
struct CountLayout {
  NamedCounts requests;  // by kind
  NamedCounts responses;
  NamedCounts faults;            // of responses
  NamedCounts connections = {};  // nothing where there are none to count
  std::optional<MessageCounts> messages = {};
  std::size_t announce_responses = 0;
  std::size_t peers = 0;  // in them
  std::size_t lost = 0;
  std::size_t late = 0;     // responses to what was counted as lost
  std::size_t refused = 0;  // the host says that nobody listens on the port
  std::size_t idle_ns = 0;  // in which there was nothing to send and nothing received
};

}  // namespace gyre::load_test
