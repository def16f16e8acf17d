// What the loop of a worker over its ring counts, whatever protocol it serves. One writer, the
// worker; read while it counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "common/metrics/histogram.hpp"
#include "common/metrics/text_writer.hpp"

namespace gyre::metrics {

struct LoopMetrics {
  // From the moment that a request was taken from the kernel to the moment that its response was
  // handed over; requests that are handled together count alike.
  Histogram<5, 34> latency;
  std::atomic<std::uint64_t> ring_overflows{0};  // completions that found no room in the ring
  std::atomic<std::uint64_t> receive_pauses{0};  // receiving stopped for want of buffers

  void add(const LoopMetrics& other) {
    latency.merge(other.latency);
    ring_overflows.fetch_add(other.ring_overflows.load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
    receive_pauses.fetch_add(other.receive_pauses.load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
  }

  // Of a sum, which nobody writes any more.
  void write(TextWriter& out, std::string_view latency_help) const {
    out.counter("gyre_ring_overflows_total",
                "Times that completions found no room in a worker's ring and came later.", "",
                ring_overflows.load(std::memory_order_relaxed));
    out.counter("gyre_receive_pauses_total",
                "Times that receiving paused because all receive buffers were in use.", "",
                receive_pauses.load(std::memory_order_relaxed));
    out.histogram("gyre_response_latency_seconds", latency_help, "", latency);
  }
};

}  // namespace gyre::metrics
