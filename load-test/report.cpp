#include "load-test/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace gyre::load_test {
namespace {

template <class... Arguments>
void add(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  out += fmt::format(format, std::forward<Arguments>(arguments)...);
}

// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

std::string grouped(double number) {
  return grouped(static_cast<std::uint64_t>(std::llround(std::max(number, 0.0))));
}

void add_rates(std::string& out, const Report& report) {
  add(out, "responses/s   {} ({} to {} per second, standard deviation {})\n",
      grouped(report.responses_per_s), grouped(report.responses_per_s_min),
      grouped(report.responses_per_s_max), grouped(report.responses_per_s_stddev));
  out += "             ";
  for (const auto& [name, per_s] : report.responses_by_kind) {
    add(out, " {} {}", name, grouped(per_s));
  }
  add(out, "\nin {:.1f} s      {} requests, {} responses, {} lost ({:.4f} %)", report.seconds,
      grouped(report.requests), grouped(report.responses), grouped(report.lost),
      100 * report.loss_share);
  if (report.late > 0) add(out, ", {} of these answered late", grouped(report.late));
  add(out, "\npeers         {:.2f} per announce response\n", report.peers_per_announce);
}

void add_latency(std::string& out, std::string_view name, const Latency& latency) {
  add(out,
      "{:<13} p50 {:.0f} us, p90 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, p99.99 {:.0f} "
      "us, max {:.0f} us\n",
      name, latency[0], latency[1], latency[2], latency[3], latency[4], latency[5]);
}

void add_messages(std::string& out, const MessageUse& use) {
  add(out, "messages      {}/s: {}/s received, {}/s sent (", grouped(use.per_s),
      grouped(use.received_per_s), grouped(use.sent_per_s));
  std::string_view separator;
  for (const auto& [name, per_s] : use.sent_by_kind) {
    add(out, "{}{} {}", std::exchange(separator, ", "), name, grouped(per_s));
  }
  add(out,
      "); {:.1f} MB/s received, {:.1f} MB/s sent, {:.1f} messages per transfer\n"
      "offers       ",
      use.bytes_received_per_s / 1e6, use.bytes_sent_per_s / 1e6, use.per_transfer);
  for (const auto& [name, count] : use.offers) add(out, " {} {}", name, grouped(count));
  add(out, "\neach message  {:.2f} us of the load tester's CPU", use.generator_cpu_us);
  if (use.tracker_cpu_us > 0) {
    add(out, ", {:.2f} us of the tracker's, {:.2f} us of it in user space", use.tracker_cpu_us,
        use.tracker_user_cpu_us);
  }
  out += '\n';
  add_latency(out, "reply after", use.reply_latency_us);
}

void add_use(std::string& out, const Report& report) {
  add(out, "load tester   {:.2f} us of CPU per response, idle {:.1f} % of the time\n",
      report.generator_cpu_us_per_response, 100 * report.idle_share);
  if (const auto& tracker = report.tracker) {
    add(out, "tracker       {:.2f} us of CPU per response, {:.2f} CPUs, {:.1f} MiB ({:.1f} peak)\n",
        tracker->cpu_us_per_response, tracker->cpu_share,
        static_cast<double>(tracker->resident_bytes) / (1 << 20),
        static_cast<double>(tracker->resident_peak_bytes) / (1 << 20));
  }
}

void add_connections(std::string& out, const Report& report) {
  if (report.connections.empty()) return;
  out += "connections  ";
  for (const auto& [name, count] : report.connections) {
    if (count > 0) add(out, " {} {}", name, grouped(count));
  }
  out += '\n';
}

void add_invalid(std::string& out, const Report& report) {
  for (const auto& [name, count] : report.invalid) {
    if (count > 0) add(out, "INVALID       {} responses: {}\n", grouped(count), name);
  }
}

std::string_view explanation_of(Limit limit) {
  switch (limit) {
    case Limit::tracker:
      return "the tracker: the load tester had to wait for it";
    case Limit::generator:
      return "THE LOAD TESTER, not the tracker: give it more CPUs and workers, or the figures "
             "are too low";
    case Limit::rate:
      return "the requested rate";
  }
  return {};
}

}  // namespace

void set_spread(Report& report, std::span<const double> responses) {
  if (responses.empty()) return;
  const auto count = static_cast<double>(responses.size());
  const double mean = std::accumulate(responses.begin(), responses.end(), 0.0) / count;
  double squares = 0;
  for (const double each : responses) squares += (each - mean) * (each - mean);
  report.responses_per_s_min = std::ranges::min(responses);
  report.responses_per_s_max = std::ranges::max(responses);
  report.responses_per_s_stddev = std::sqrt(squares / count);
}

std::uint64_t highest_good_rate(std::span<const SearchStep> steps) {
  std::uint64_t highest = 0;
  for (const SearchStep& step : steps) highest = std::max(highest, step.good ? step.rate : 0);
  return highest;
}

std::string to_text(const SearchStep& step) {
  return fmt::format("tried         {:>11}/s  p99 {:>8.0f} us  lost {:.4f} %  {}\n",
                     grouped(step.rate), step.p99_us, 100 * step.loss_share,
                     step.good ? "good" : "too much");
}

std::string to_text(const Report& report) {
  std::string out;
  if (report.search) {
    for (const SearchStep& step : *report.search) out += to_text(step);
    add(out, "highest rate  {}/s\n", grouped(highest_good_rate(*report.search)));
  }
  add_rates(out, report);
  if (report.requested_rate) {
    add(out, "rate          {}/s requested, {}/s sent\n", grouped(*report.requested_rate),
        grouped(report.requests_per_s));
  }
  add_latency(out, "latency", report.latency_us);
  if (report.messages) add_messages(out, *report.messages);
  add_use(out, report);
  add_connections(out, report);
  add_invalid(out, report);
  add(out, "limited by    {}\n", explanation_of(report.limited_by));
  return out;
}

}  // namespace gyre::load_test
