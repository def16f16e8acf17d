// The outcome of a load test, and its two spellings: a page for people and one line of JSON for
// programs. It measures nothing and prints nothing itself.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "load-test/named.hpp"

namespace gyre::load_test {

inline constexpr std::array<Named<double>, 6> latency_quantiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}, {"p99_99", 0.9999}, {"max", 1}}};
using Latency = std::array<double, latency_quantiles.size()>;  // microseconds

// From any histogram of nanoseconds.
template <class Histogram>
Latency latency_of(const Histogram& values) {
  Latency latency{};
  for (std::size_t i = 0; i < latency.size(); ++i) {
    latency[i] = static_cast<double>(values.quantile(latency_quantiles[i].value)) / 1e3;
  }
  return latency;
}

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
  std::vector<Named<double>> sent_by_kind;  // per second
  double bytes_sent_per_s = 0;
  double bytes_received_per_s = 0;
  double per_transfer = 0;         // by one write or read
  double generator_cpu_us = 0;     // for each message, without the time that was idle
  double tracker_cpu_us = 0;       // likewise; 0 if it is not watched
  double tracker_user_cpu_us = 0;  // of this, outside of the kernel
  std::vector<Named<std::uint64_t>> offers;
  Latency reply_latency_us{};
};

// What kept the rate of responses from being higher.
enum class Limit : std::uint8_t { tracker, generator, rate };

// One rate that the mode search has tried.
struct SearchStep {
  std::uint64_t rate = 0;
  double p99_us = 0;
  double loss_share = 0;
  bool good = false;
};
std::uint64_t highest_good_rate(std::span<const SearchStep> steps);  // 0: none was good

struct Report {
  std::string_view mode;
  double seconds = 0;
  std::uint64_t requests = 0;
  std::uint64_t responses = 0;
  double responses_per_s = 0;
  std::vector<Named<double>> responses_by_kind;  // per second
  double responses_per_s_min = 0;                // of the seconds of the run, likewise below
  double responses_per_s_max = 0;
  double responses_per_s_stddev = 0;
  std::uint64_t lost = 0;
  std::uint64_t late = 0;  // of those lost, answered after all
  double loss_share = 0;   // of the requests
  Latency latency_us{};
  std::vector<Named<std::uint64_t>> invalid;
  std::vector<Named<std::uint64_t>> connections = {};  // empty where a protocol has none
  std::optional<MessageUse> messages = {};  // nothing where each response has its request
  double peers_per_announce = 0;
  // The announce responses in order of their peers, cut into equal shares: how many the middle one
  // of each share names. Empty without such responses, and where peers are not named (WebTorrent).
  std::vector<std::uint64_t> peers_quantiles = {};
  double generator_cpu_share = 0;            // of one CPU; it spins, so about 1 for each worker
  double generator_cpu_us_per_response = 0;  // without the time in which there was nothing to do
  double idle_share = 0;  // of the workers' time: nothing to send, nothing received
  std::optional<TrackerUse> tracker;
  Limit limited_by = Limit::tracker;
  double requests_per_s = 0;
  std::optional<std::uint64_t> requested_rate;  // in the mode rate
  std::optional<std::vector<SearchStep>> search;
};

// Sets the spread of responses, of which there were that many in each second.
void set_spread(Report& report, std::span<const double> responses);

std::string to_json(const Report& report);    // one line, without its end
std::string to_text(const Report& report);    // several lines
std::string to_text(const SearchStep& step);  // one line

}  // namespace gyre::load_test
