#include "load-test/udp/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/clock.hpp"

namespace gyre::udp_load {
namespace {

constexpr std::uint64_t at(const Totals& totals, Count what) {
  return totals[static_cast<std::size_t>(what)];
}

std::uint64_t sum(const Totals& totals, Count first, Count last) {
  std::uint64_t total = 0;
  for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
    total += totals[i];
  }
  return total;
}

std::uint64_t requests_in(const Totals& totals) {
  return sum(totals, Count::connect_requests, Count::scrape_requests);
}

std::uint64_t responses_in(const Totals& totals) {
  return sum(totals, Count::connect_responses, Count::error_responses);
}

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return ratio(static_cast<double>(part), static_cast<double>(whole));
}

double loss_share_of(const Totals& totals) {
  return ratio(at(totals, Count::lost), requests_in(totals));
}

double seconds_between(std::uint64_t begin_ns, std::uint64_t end_ns) {
  return static_cast<double>(end_ns - begin_ns) * 1e-9;
}

std::vector<load_test::NamedCount> invalid_of(const Totals& totals) {
  return {{"wrong_size", at(totals, Count::wrong_size)},
          {"unknown_action", at(totals, Count::unknown_action)},
          {"unknown_transaction", at(totals, Count::unknown_transaction)},
          {"wrong_action", at(totals, Count::wrong_action)},
          {"implausible_peers", at(totals, Count::implausible_peers)}};
}

// Below it, the load tester always found something to do: it was the slower one.
constexpr double idle_share_min = 0.02;
// A rate counts as kept if no more than this is missing.
constexpr double achieved_share_min = 0.98;

}  // namespace

WorkerStatistics make_statistics(std::size_t worker_count) {
  WorkerStatistics statistics(worker_count);
  for (auto& worker : statistics) worker = std::make_unique<Statistics>();
  return statistics;
}

Totals totals_of(const WorkerStatistics& statistics) {
  Totals totals{};
  for (const auto& worker : statistics) worker->counts.add_to(totals);
  return totals;
}

std::unique_ptr<metrics::Histogram<>> latency_of(const WorkerStatistics& statistics) {
  auto latency = std::make_unique<metrics::Histogram<>>();
  for (const auto& worker : statistics) latency->merge(worker->latency);
  return latency;
}

Measurement::Measurement(const WorkerStatistics& statistics, pid_t tracker)
    : statistics_(statistics), tracker_(tracker), begin_(now()), previous_(begin_), last_(begin_) {}

Measurement::Moment Measurement::now() const {
  return {.time_ns = monotonic_ns(),
          .totals = totals_of(statistics_),
          .own_cpu_ns = process_cpu_ns(),
          .tracker = tracker_ > 0 ? load_test::usage_of(tracker_) : std::nullopt};
}

void Measurement::sample() {
  previous_ = last_;
  last_ = now();
  const std::uint64_t responses = responses_in(last_.totals) - responses_in(previous_.totals);
  samples_.push_back(
      ratio(static_cast<double>(responses), seconds_between(previous_.time_ns, last_.time_ns)));
}

// A rest of less than half a second is too short for a sample of its own.
void Measurement::end() {
  if (samples_.empty() || monotonic_ns() - last_.time_ns > 500'000'000) {
    sample();
  } else {
    last_ = now();
  }
}

double Measurement::seconds() const {
  return seconds_between(begin_.time_ns, last_.time_ns);
}

double Measurement::per_s(Count what) const {
  return ratio(static_cast<double>(at(last_.totals, what) - at(begin_.totals, what)), seconds());
}

double Measurement::requests_per_s() const {
  const std::uint64_t requests = requests_in(last_.totals) - requests_in(begin_.totals);
  return ratio(static_cast<double>(requests), seconds());
}

double Measurement::responses_per_s() const {
  const std::uint64_t responses = responses_in(last_.totals) - responses_in(begin_.totals);
  return ratio(static_cast<double>(responses), seconds());
}

double Measurement::idle_share() const {
  return per_s(Count::idle_ns) * 1e-9 / static_cast<double>(statistics_.size());
}

std::string Measurement::live_line() const {
  const double seconds = seconds_between(previous_.time_ns, last_.time_ns);
  const auto recent = [&](Count what) {
    return ratio(static_cast<double>(at(last_.totals, what) - at(previous_.totals, what)), seconds);
  };
  const std::uint64_t ended = responses_in(last_.totals) + at(last_.totals, Count::lost);
  const std::uint64_t requests = requests_in(last_.totals);
  const auto latency = latency_of(statistics_);
  return fmt::format(
      "{:4.0f} s  {:9.0f}/s (connect {:.0f}, announce {:.0f}, scrape {:.0f}, error {:.0f})  in "
      "flight {}  lost {}  p50 {:.0f} us  p99 {:.0f} us",
      this->seconds(), samples_.empty() ? 0.0 : samples_.back(), recent(Count::connect_responses),
      recent(Count::announce_responses), recent(Count::scrape_responses),
      recent(Count::error_responses), requests - std::min(requests, ended),
      at(last_.totals, Count::lost), static_cast<double>(latency->quantile(0.5)) / 1e3,
      static_cast<double>(latency->quantile(0.99)) / 1e3);
}

load_test::GeneratorUse Measurement::generator_use() const {
  const double cpu_s = seconds_between(begin_.own_cpu_ns, last_.own_cpu_ns);
  return {
      .cpu_share = ratio(cpu_s, seconds()),
      .cpu_us_per_response = ratio(cpu_s * 1e6 * (1 - idle_share()), responses_per_s() * seconds()),
      .idle_share = idle_share()};
}

std::optional<load_test::TrackerUse> Measurement::tracker_use() const {
  if (!begin_.tracker || !last_.tracker) return std::nullopt;
  const double cpu_s = seconds_between(begin_.tracker->cpu_ns, last_.tracker->cpu_ns);
  return load_test::TrackerUse{
      .cpu_share = ratio(cpu_s, seconds()),
      .cpu_us_per_response = ratio(cpu_s * 1e6, responses_per_s() * seconds()),
      .resident_bytes = last_.tracker->resident_bytes,
      .resident_peak_bytes = last_.tracker->resident_peak_bytes};
}

load_test::Report Measurement::report(const Config& config) const {
  const Totals totals = totals_of(statistics_);
  const auto latency = latency_of(statistics_);
  const std::uint64_t rate = config.mode == Mode::saturate ? 0 : config.rate;
  load_test::Report report{
      .mode = mode_names[static_cast<std::size_t>(config.mode)],
      .seconds = seconds(),
      .requests = requests_in(totals),
      .responses = responses_in(totals),
      .responses_per_s = responses_per_s(),
      .responses_by_kind = {{"connect", per_s(Count::connect_responses)},
                            {"announce", per_s(Count::announce_responses)},
                            {"scrape", per_s(Count::scrape_responses)},
                            {"error", per_s(Count::error_responses)}},
      .responses_per_s_spread = load_test::spread_of(samples_),
      .lost = at(totals, Count::lost),
      .late = at(totals, Count::late),
      .loss_share = loss_share_of(totals),
      .latency_us = load_test::latency_of(*latency),
      .invalid = invalid_of(totals),
      .peers_per_announce = ratio(at(totals, Count::peers), at(totals, Count::announce_responses)),
      .generator = generator_use(),
      .tracker = tracker_use(),
      .limited_by = limit_of(*this, rate),
      .rate = {},
      .search = {}};
  if (config.mode == Mode::rate) {
    report.rate = load_test::RateUse{.requested = rate, .achieved = requests_per_s()};
  }
  return report;
}

load_test::SearchStep Measurement::search_step(const Config& config, std::uint64_t rate) const {
  load_test::SearchStep step{
      .rate = rate,
      .p99_us = static_cast<double>(latency_of(statistics_)->quantile(0.99)) / 1e3,
      .loss_share = loss_share_of(totals_of(statistics_))};
  step.good = step.p99_us <= config.search_p99_max_us &&
              step.loss_share <= config.search_loss_max &&
              requests_per_s() >= achieved_share_min * static_cast<double>(rate);
  return step;
}

load_test::Limit limit_of(const Measurement& measurement, std::uint64_t rate) {
  const double wanted = achieved_share_min * static_cast<double>(rate);
  if (rate > 0 && measurement.requests_per_s() >= wanted) return load_test::Limit::rate;
  return measurement.idle_share() < idle_share_min ? load_test::Limit::generator
                                                   : load_test::Limit::tracker;
}

}  // namespace gyre::udp_load
