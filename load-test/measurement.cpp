#include "load-test/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/clock.hpp"

namespace gyre::load_test {
namespace {

std::uint64_t sum_of(const Totals& totals, const NamedCounts& counts) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts.names.size(); ++i) total += totals[counts.first + i];
  return total;
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

std::vector<NamedCount> counted(const Totals& totals, const NamedCounts& counts) {
  std::vector<NamedCount> result;
  for (std::size_t i = 0; i < counts.names.size(); ++i) {
    result.push_back({counts.names[i], totals[counts.first + i]});
  }
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

// Enough to tell short responses from long ones, and few enough for a line.
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

double Measurement::per_s(std::size_t count) const {
  return ratio(static_cast<double>(last_.totals[count] - begin_.totals[count]), seconds());
}

double Measurement::requests_per_s() const {
  return sum_per_s(layout_.requests);
}

double Measurement::responses_per_s() const {
  return sum_per_s(layout_.responses);
}

double Measurement::sum_per_s(const NamedCounts& counts) const {
  const std::uint64_t sum = sum_of(last_.totals, counts) - sum_of(begin_.totals, counts);
  return ratio(static_cast<double>(sum), seconds());
}

double Measurement::idle_share() const {
  return per_s(layout_.idle_ns) * 1e-9 / static_cast<double>(statistics_.size());
}

std::string Measurement::live_line() const {
  const double since = seconds_between(previous_.time_ns, last_.time_ns);
  std::string kinds;
  for (std::size_t i = 0; i < layout_.responses.names.size(); ++i) {
    const std::size_t count = layout_.responses.first + i;
    const auto recent = static_cast<double>(last_.totals[count] - previous_.totals[count]);
    kinds += fmt::format("{}{} {:.0f}", kinds.empty() ? "" : ", ", layout_.responses.names[i],
                         ratio(recent, since));
  }
  const std::uint64_t lost = last_.totals[layout_.lost];
  NamedCounts replies = layout_.responses;
  if (layout_.messages) replies.names = replies.names.first(layout_.messages->reply_kind_count);
  const std::uint64_t ended = sum_of(last_.totals, replies) + lost;
  const std::uint64_t requests = sum_of(last_.totals, layout_.requests);
  const auto latency = merged(statistics_, &Statistics::latency);
  return fmt::format(
      "{:4.0f} s  {:9.0f}/s ({})  in flight {}  lost {}  p50 {:.0f} us  p99 {:.0f} us", seconds(),
      samples_.empty() ? 0.0 : samples_.back(), kinds, requests - std::min(requests, ended), lost,
      static_cast<double>(latency->quantile(0.5)) / 1e3,
      static_cast<double>(latency->quantile(0.99)) / 1e3);
}

double Measurement::loss_share() const {
  const Totals totals = totals_of(statistics_);
  return ratio(totals[layout_.lost], sum_of(totals, layout_.requests));
}

GeneratorUse Measurement::generator_use() const {
  const double cpu_s = seconds_between(begin_.own_cpu_ns, last_.own_cpu_ns);
  return {
      .cpu_share = ratio(cpu_s, seconds()),
      .cpu_us_per_response = ratio(cpu_s * 1e6 * (1 - idle_share()), responses_per_s() * seconds()),
      .idle_share = idle_share()};
}

std::optional<TrackerUse> Measurement::tracker_use() const {
  if (!begin_.tracker || !last_.tracker) return std::nullopt;
  const double cpu_s = seconds_between(begin_.tracker->cpu_ns, last_.tracker->cpu_ns);
  return TrackerUse{.cpu_share = ratio(cpu_s, seconds()),
                    .cpu_us_per_response = ratio(cpu_s * 1e6, responses_per_s() * seconds()),
                    .resident_bytes = last_.tracker->resident_bytes,
                    .resident_peak_bytes = last_.tracker->resident_peak_bytes};
}

std::optional<MessageUse> Measurement::message_use() const {
  if (!layout_.messages) return std::nullopt;
  const MessageCounts& counts = *layout_.messages;
  MessageUse use{.received_per_s = responses_per_s(),
                 .sent_per_s = sum_per_s(counts.sent),
                 .sent_by_kind = {},
                 .bytes_sent_per_s = per_s(counts.bytes_sent),
                 .bytes_received_per_s = per_s(counts.bytes_received),
                 .per_transfer = 0,
                 .offers = counted(totals_of(statistics_), counts.offers),
                 .reply_latency_us = {}};
  use.per_s = use.received_per_s + use.sent_per_s;
  use.per_transfer = ratio(use.per_s, per_s(counts.writes) + per_s(counts.reads));
  for (std::size_t i = 0; i < counts.sent.names.size(); ++i) {
    use.sent_by_kind.push_back({counts.sent.names[i], per_s(counts.sent.first + i)});
  }
  const auto us_each = [&](std::uint64_t begin_ns, std::uint64_t end_ns) {
    return ratio(seconds_between(begin_ns, end_ns) * 1e6, use.per_s * seconds());
  };
  use.generator_cpu_us = us_each(begin_.own_cpu_ns, last_.own_cpu_ns) * (1 - idle_share());
  if (begin_.tracker && last_.tracker) {
    use.tracker_cpu_us = us_each(begin_.tracker->cpu_ns, last_.tracker->cpu_ns);
    use.tracker_user_cpu_us = us_each(begin_.tracker->user_ns, last_.tracker->user_ns);
  }
  use.reply_latency_us = latency_of(*merged(statistics_, &Statistics::reply_latency));
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
      .responses_by_kind = {},
      .responses_per_s_spread = spread_of(samples_),
      .lost = totals[layout_.lost],
      .late = totals[layout_.late],
      .loss_share = loss_share(),
      .latency_us = latency_of(*latency),
      .invalid = counted(totals, layout_.faults),
      .connections = counted(totals, layout_.connections),
      .messages = message_use(),
      .peers_per_announce = ratio(totals[layout_.peers], totals[layout_.announce_responses]),
      .peers_quantiles = peers_quantiles_of(statistics_),
      .generator = generator_use(),
      .tracker = tracker_use(),
      .limited_by = limit_of(*this, rate),
      .rate = {},
      .search = {}};
  for (std::size_t i = 0; i < layout_.responses.names.size(); ++i) {
    report.responses_by_kind.push_back(
        {layout_.responses.names[i], per_s(layout_.responses.first + i)});
  }
  if (config.mode == Mode::rate) {
    report.rate = RateUse{.requested = rate, .achieved = requests_per_s()};
  }
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
