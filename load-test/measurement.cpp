#include "load-test/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/clock.hpp"

namespace gyre::load_test {
namespace {

std::uint64_t count_in(const Totals& totals, Count count) {
  return totals[static_cast<std::size_t>(count)];
}

std::uint64_t sum_of(const Totals& totals, std::span<const Named<Count>> rows) {
  std::uint64_t total = 0;
  for (const auto& [name, count] : rows) total += count_in(totals, count);
  return total;
}

// Requests that have got what ends them.
std::uint64_t ended_requests(const Totals& totals) {
  return count_in(totals, Count::connect_responses) + count_in(totals, Count::announce_responses) +
         count_in(totals, Count::scrape_responses) + count_in(totals, Count::error_responses) +
         count_in(totals, Count::lost);
}

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return ratio(static_cast<double>(part), static_cast<double>(whole));
}

double seconds_between(std::uint64_t begin_ns, std::uint64_t end_ns) {
  return static_cast<double>(end_ns - begin_ns) * 1e-9;
}

std::vector<Named<std::uint64_t>> counted(const Totals& totals,
                                          std::span<const Named<Count>> rows) {
  std::vector<Named<std::uint64_t>> result;
  for (const auto& [name, count] : rows) result.push_back({name, count_in(totals, count)});
  return result;
}

// One of the histograms, of all workers; it is too large for a stack.
template <class Histogram>
std::unique_ptr<Histogram> merged(const WorkerStatistics& statistics,
                                  Histogram Statistics::* histogram) {
  auto all = std::make_unique<Histogram>();
  for (const auto& worker : statistics) all->merge((*worker).*histogram);
  return all;
}

// Enough to distinguish short responses from long ones, and few enough for a line.
constexpr std::size_t peers_quantile_count = 20;

std::vector<std::uint64_t> peers_quantiles_of(const WorkerStatistics& statistics) {
  const auto peers = merged(statistics, &Statistics::peers);
  std::vector<std::uint64_t> quantiles;
  if (peers->count() == 0) return quantiles;
  for (std::size_t i = 0; i < peers_quantile_count; ++i) {
    quantiles.push_back(peers->quantile((static_cast<double>(i) + 0.5) / peers_quantile_count));
  }
  return quantiles;
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

Measurement::Measurement(const WorkerStatistics& statistics, const CountLayout& layout,
                         std::vector<pid_t> tracker)
    : statistics_(statistics),
      layout_(layout),
      tracker_(std::move(tracker)),
      begin_(now()),
      previous_(begin_),
      last_(begin_) {}

Measurement::Moment Measurement::now() const {
  return {.time_ns = monotonic_ns(),
          .totals = totals_of(statistics_),
          .own_cpu_ns = process_cpu_ns(),
          .tracker = usage_of(tracker_)};
}

void Measurement::sample() {
  previous_ = last_;
  last_ = now();
  const std::uint64_t responses =
      sum_of(last_.totals, layout_.responses) - sum_of(previous_.totals, layout_.responses);
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

double Measurement::per_s(Count count) const {
  const std::uint64_t amount = count_in(last_.totals, count) - count_in(begin_.totals, count);
  return ratio(static_cast<double>(amount), seconds());
}

double Measurement::sum_per_s(std::span<const Named<Count>> rows) const {
  const std::uint64_t sum = sum_of(last_.totals, rows) - sum_of(begin_.totals, rows);
  return ratio(static_cast<double>(sum), seconds());
}

std::vector<Named<double>> Measurement::rates_of(std::span<const Named<Count>> rows) const {
  std::vector<Named<double>> rates;
  for (const auto& [name, count] : rows) rates.push_back({name, per_s(count)});
  return rates;
}

// Of each of the things of which there were that many per second.
double Measurement::cpu_us(std::uint64_t begin_ns, std::uint64_t end_ns, double per_s) const {
  return ratio(seconds_between(begin_ns, end_ns) * 1e6, per_s * seconds());
}

double Measurement::idle_share() const {
  return per_s(Count::idle_ns) * 1e-9 / static_cast<double>(statistics_.size());
}

std::string Measurement::live_line() const {
  const double since = seconds_between(previous_.time_ns, last_.time_ns);
  std::string kinds;
  for (const auto& [name, count] : layout_.responses) {
    const auto recent =
        static_cast<double>(count_in(last_.totals, count) - count_in(previous_.totals, count));
    kinds += fmt::format("{}{} {:.0f}", kinds.empty() ? "" : ", ", name, ratio(recent, since));
  }
  const std::uint64_t ended = ended_requests(last_.totals);
  const std::uint64_t requests = sum_of(last_.totals, layout_.requests);
  const auto latency = merged(statistics_, &Statistics::latency);
  return fmt::format(
      "{:4.0f} s  {:9.0f}/s ({})  in flight {}  lost {}  p50 {:.0f} us  p99 {:.0f} us", seconds(),
      samples_.empty() ? 0.0 : samples_.back(), kinds, requests - std::min(requests, ended),
      count_in(last_.totals, Count::lost), static_cast<double>(latency->quantile(0.5)) / 1e3,
      static_cast<double>(latency->quantile(0.99)) / 1e3);
}

double Measurement::loss_share() const {
  const Totals totals = totals_of(statistics_);
  return ratio(count_in(totals, Count::lost), sum_of(totals, layout_.requests));
}

std::optional<TrackerUse> Measurement::tracker_use() const {
  if (!begin_.tracker || !last_.tracker) return std::nullopt;
  const ProcessUsage& begin = *begin_.tracker;
  const ProcessUsage& last = *last_.tracker;
  return TrackerUse{.cpu_share = ratio(seconds_between(begin.cpu_ns, last.cpu_ns), seconds()),
                    .cpu_us_per_response = cpu_us(begin.cpu_ns, last.cpu_ns, responses_per_s()),
                    .resident_bytes = last.resident_bytes,
                    .resident_peak_bytes = last.resident_peak_bytes};
}

std::optional<MessageUse> Measurement::message_use() const {
  if (layout_.sent.empty()) return std::nullopt;
  MessageUse use{.received_per_s = responses_per_s(),
                 .sent_per_s = sum_per_s(layout_.sent),
                 .sent_by_kind = rates_of(layout_.sent),
                 .bytes_sent_per_s = per_s(Count::bytes_sent),
                 .bytes_received_per_s = per_s(Count::bytes_received),
                 .offers = counted(totals_of(statistics_), layout_.offers),
                 .reply_latency_us = latency_of(*merged(statistics_, &Statistics::reply_latency))};
  use.per_s = use.received_per_s + use.sent_per_s;
  use.per_transfer = ratio(use.per_s, per_s(Count::writes) + per_s(Count::reads));
  use.generator_cpu_us =
      cpu_us(begin_.own_cpu_ns, last_.own_cpu_ns, use.per_s) * (1 - idle_share());
  if (begin_.tracker && last_.tracker) {
    use.tracker_cpu_us = cpu_us(begin_.tracker->cpu_ns, last_.tracker->cpu_ns, use.per_s);
    use.tracker_user_cpu_us = cpu_us(begin_.tracker->user_ns, last_.tracker->user_ns, use.per_s);
  }
  return use;
}

Report Measurement::report(const RunConfig& config) const {
  const Totals totals = totals_of(statistics_);
  const auto latency = merged(statistics_, &Statistics::latency);
  const std::uint64_t rate = config.mode == Mode::saturate ? 0 : config.rate;
  Report report{
      .mode = mode_names[static_cast<std::size_t>(config.mode)],
      .seconds = seconds(),
      .requests = sum_of(totals, layout_.requests),
      .responses = sum_of(totals, layout_.responses),
      .responses_per_s = responses_per_s(),
      .responses_by_kind = rates_of(layout_.responses),
      .lost = count_in(totals, Count::lost),
      .late = count_in(totals, Count::late),
      .loss_share = loss_share(),
      .latency_us = latency_of(*latency),
      .invalid = counted(totals, layout_.faults),
      .connections = counted(totals, layout_.connections),
      .messages = message_use(),
      .peers_per_announce =
          ratio(count_in(totals, Count::peers), count_in(totals, Count::announce_responses)),
      .peers_quantiles = peers_quantiles_of(statistics_),
      .generator_cpu_share = ratio(seconds_between(begin_.own_cpu_ns, last_.own_cpu_ns), seconds()),
      .generator_cpu_us_per_response =
          cpu_us(begin_.own_cpu_ns, last_.own_cpu_ns, responses_per_s()) * (1 - idle_share()),
      .idle_share = idle_share(),
      .tracker = tracker_use(),
      .limited_by = limit_of(*this, rate),
      .requests_per_s = requests_per_s(),
      .requested_rate = {},
      .search = {}};
  set_spread(report, samples_);
  if (config.mode == Mode::rate) report.requested_rate = rate;
  return report;
}

SearchStep Measurement::search_step(const RunConfig& config, std::uint64_t rate) const {
  SearchStep step{
      .rate = rate,
      .p99_us =
          static_cast<double>(merged(statistics_, &Statistics::latency)->quantile(0.99)) / 1e3,
      .loss_share = loss_share()};
  step.good = step.p99_us <= config.search_p99_max_us &&
              step.loss_share <= config.search_loss_max &&
              requests_per_s() >= achieved_share_min * static_cast<double>(rate);
  return step;
}

Limit limit_of(const Measurement& measurement, std::uint64_t rate) {
  const double wanted = achieved_share_min * static_cast<double>(rate);
  if (rate > 0 && measurement.requests_per_s() >= wanted) return Limit::rate;
  return measurement.idle_share() < idle_share_min ? Limit::generator : Limit::tracker;
}

}  // namespace gyre::load_test
