// The outcome of a load test, and its two spellings: a page for people and one line of JSON for
// programs. Between the load testers, which fill in the numbers, and the terminal. Measures
// nothing and prints nothing itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::load_test {

struct NamedRate {
  std::string_view name;
  double per_s = 0;
};

struct NamedCount {
  std::string_view name;
  std::uint64_t count = 0;
};

// Of the responses in each second of the run.
struct Spread {
  double min = 0;
  double max = 0;
  double stddev = 0;
};
Spread spread_of(std::span<const double> samples);

struct Latency {  // microseconds
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p99_9 = 0;
  double p99_99 = 0;
  double max = 0;
};

// From any histogram of nanoseconds.
template <class Histogram>
Latency latency_of(const Histogram& values) {
  const auto us = [&](double q) { return static_cast<double>(values.quantile(q)) / 1e3; };
  return {.p50 = us(0.5),
          .p90 = us(0.9),
          .p99 = us(0.99),
          .p99_9 = us(0.999),
          .p99_99 = us(0.9999),
          .max = us(1)};
}

struct GeneratorUse {
  double cpu_share = 0;            // of one CPU; it spins, so about 1 for each worker
  double cpu_us_per_response = 0;  // without the time in which there was nothing to do
  double idle_share = 0;           // of the workers' time: nothing to send, nothing received
};

struct TrackerUse {
  double cpu_share = 0;  // of one CPU
  double cpu_us_per_response = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t resident_peak_bytes = 0;
};

// Of messages in both directions, where responses are not all that there is.
struct MessageUse {
  double per_s = 0;  // sent and received
  double received_per_s = 0;
  double sent_per_s = 0;
  std::vector<NamedRate> sent_by_kind;
  double bytes_sent_per_s = 0;
  double bytes_received_per_s = 0;
  double per_transfer = 0;         // by one write or read
  double generator_cpu_us = 0;     // for each message, without the time that was idle
  double tracker_cpu_us = 0;       // likewise; 0 if it is not watched
  double tracker_user_cpu_us = 0;  // of this, outside of the kernel
  std::vector<NamedCount> offers;
  Latency reply_latency_us;
};

// What kept the rate of responses from being higher.
enum class Limit : std::uint8_t { tracker, generator, rate };

struct RateUse {
  std::uint64_t requested = 0;
  double achieved = 0;  // requests sent per second
};

struct SearchStep {
  std::uint64_t rate = 0;
  double p99_us = 0;
  double loss_share = 0;
  bool good = false;
};

struct SearchResult {
  std::uint64_t highest_rate = 0;
  std::vector<SearchStep> steps;
};

struct Report {
  std::string_view mode;
  double seconds = 0;
  std::uint64_t requests = 0;
  std::uint64_t responses = 0;
  double responses_per_s = 0;
  std::vector<NamedRate> responses_by_kind;
  Spread responses_per_s_spread;
  std::uint64_t lost = 0;
  std::uint64_t late = 0;  // of those lost, answered after all
  double loss_share = 0;   // of the requests
  Latency latency_us;
  std::vector<NamedCount> invalid;
  std::vector<NamedCount> connections = {};  // empty where a protocol has none
  std::optional<MessageUse> messages = {};   // nothing where each response has its request
  double peers_per_announce = 0;
  // The announce responses in order of their peers, cut into equal shares: how many the middle one
  // of each share names. Empty without such responses, and where peers are not told (WebTorrent).
  std::vector<std::uint64_t> peers_quantiles = {};
  GeneratorUse generator;
  std::optional<TrackerUse> tracker;
  Limit limited_by = Limit::tracker;
  std::optional<RateUse> rate;
  std::optional<SearchResult> search;
};

std::string to_json(const Report& report);    // one line, without its end
std::string to_text(const Report& report);    // several lines
std::string to_text(const SearchStep& step);  // one line

}  // namespace gyre::load_test
