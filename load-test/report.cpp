#include "load-test/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace gyre::load_test {
namespace {

using Text = std::string;

template <class... Arguments>
void add(Text& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

constexpr std::array<std::string_view, 3> limit_names = {"tracker", "generator", "rate"};

std::string_view name_of(Limit limit) {
  return limit_names[static_cast<std::size_t>(limit)];
}

// 1234567 as "1,234,567".
Text grouped(std::uint64_t number) {
  Text digits = fmt::format("{}", number);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

Text grouped(double number) {
  return grouped(static_cast<std::uint64_t>(std::llround(std::max(number, 0.0))));
}

void add_json_rates(Text& out, const Report& report) {
  add(out, R"("responses_per_s":{{"total":{:.1f})", report.responses_per_s);
  for (const auto& [name, per_s] : report.responses_by_kind)
    add(out, R"(,"{}":{:.1f})", name, per_s);
  const Spread& spread = report.responses_per_s_spread;
  add(out, R"(}},"responses_per_s_spread":{{"min":{:.1f},"max":{:.1f},"stddev":{:.1f}}},)",
      spread.min, spread.max, spread.stddev);
}

void add_json_latency(Text& out, std::string_view key, const Latency& latency) {
  add(out,
      R"("{}":{{"p50":{:.1f},"p90":{:.1f},"p99":{:.1f},"p99_9":{:.1f},"p99_99":{:.1f},)"
      R"("max":{:.1f}}},)",
      key, latency.p50, latency.p90, latency.p99, latency.p99_9, latency.p99_99, latency.max);
}

void add_json_counts(Text& out, std::string_view key, const std::vector<NamedCount>& counts) {
  add(out, R"("{}":{{)", key);
  std::string_view separator;
  for (const auto& [name, count] : counts) {
    add(out, R"({}"{}":{})", std::exchange(separator, ","), name, count);
  }
  out += "},";
}

void add_json_messages(Text& out, const MessageUse& use) {
  add(out, R"("messages":{{"per_s":{:.1f},"received_per_s":{:.1f},"sent_per_s":{{"total":{:.1f})",
      use.per_s, use.received_per_s, use.sent_per_s);
  for (const auto& [name, per_s] : use.sent_by_kind) add(out, R"(,"{}":{:.1f})", name, per_s);
  add(out, R"(}},"bytes_sent_per_s":{:.0f},"bytes_received_per_s":{:.0f},)", use.bytes_sent_per_s,
      use.bytes_received_per_s);
  add(out, R"("per_transfer":{:.3f},)", use.per_transfer);
  add(out, R"("generator_cpu_us":{:.3f},"tracker_cpu_us":{:.3f},"tracker_user_cpu_us":{:.3f},)",
      use.generator_cpu_us, use.tracker_cpu_us, use.tracker_user_cpu_us);
  add_json_counts(out, "offers", use.offers);
  add_json_latency(out, "reply_latency_us", use.reply_latency_us);
  out.back() = '}';
  out += ',';
}

void add_json_use(Text& out, const Report& report) {
  const GeneratorUse& generator = report.generator;
  add(out,
      R"("generator":{{"cpu_share":{:.3f},"cpu_us_per_response":{:.3f},"idle_share":{:.4f}}},)",
      generator.cpu_share, generator.cpu_us_per_response, generator.idle_share);
  if (const auto& tracker = report.tracker) {
    add(out,
        R"("tracker":{{"cpu_share":{:.3f},"cpu_us_per_response":{:.3f},"resident_bytes":{},)"
        R"("resident_peak_bytes":{}}},)",
        tracker->cpu_share, tracker->cpu_us_per_response, tracker->resident_bytes,
        tracker->resident_peak_bytes);
  } else {
    out += R"("tracker":null,)";
  }
}

void add_json_search(Text& out, const std::optional<SearchResult>& search) {
  if (!search) {
    out += R"("search":null)";
    return;
  }
  add(out, R"("search":{{"highest_rate":{},"steps":[)", search->highest_rate);
  std::string_view separator;
  for (const SearchStep& step : search->steps) {
    add(out, R"({}{{"rate":{},"p99_us":{:.1f},"loss_share":{:.6f},"good":{}}})",
        std::exchange(separator, ","), step.rate, step.p99_us, step.loss_share, step.good);
  }
  out += "]}";
}

void add_rates(Text& out, const Report& report) {
  const Spread& spread = report.responses_per_s_spread;
  add(out, "responses/s   {} ({} to {} per second, standard deviation {})\n",
      grouped(report.responses_per_s), grouped(spread.min), grouped(spread.max),
      grouped(spread.stddev));
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

void add_latency(Text& out, std::string_view name, const Latency& latency) {
  add(out,
      "{:<13} p50 {:.0f} us, p90 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, p99.99 {:.0f} "
      "us, max {:.0f} us\n",
      name, latency.p50, latency.p90, latency.p99, latency.p99_9, latency.p99_99, latency.max);
}

void add_messages(Text& out, const MessageUse& use) {
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

void add_use(Text& out, const Report& report) {
  add(out, "load tester   {:.2f} us of CPU per response, idle {:.1f} % of the time\n",
      report.generator.cpu_us_per_response, 100 * report.generator.idle_share);
  if (const auto& tracker = report.tracker) {
    add(out, "tracker       {:.2f} us of CPU per response, {:.2f} CPUs, {:.1f} MiB ({:.1f} peak)\n",
        tracker->cpu_us_per_response, tracker->cpu_share,
        static_cast<double>(tracker->resident_bytes) / (1 << 20),
        static_cast<double>(tracker->resident_peak_bytes) / (1 << 20));
  }
}

void add_connections(Text& out, const Report& report) {
  if (report.connections.empty()) return;
  out += "connections  ";
  for (const auto& [name, count] : report.connections) {
    if (count > 0) add(out, " {} {}", name, grouped(count));
  }
  out += '\n';
}

void add_invalid(Text& out, const Report& report) {
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

Spread spread_of(std::span<const double> samples) {
  if (samples.empty()) return {};
  const auto count = static_cast<double>(samples.size());
  const double mean = std::accumulate(samples.begin(), samples.end(), 0.0) / count;
  double squares = 0;
  for (const double sample : samples) squares += (sample - mean) * (sample - mean);
  const auto [min, max] = std::ranges::minmax(samples);
  return {.min = min, .max = max, .stddev = std::sqrt(squares / count)};
}

std::string to_json(const Report& report) {
  Text out;
  add(out, R"({{"mode":"{}","seconds":{:.3f},"requests":{},"responses":{},)", report.mode,
      report.seconds, report.requests, report.responses);
  add_json_rates(out, report);
  add(out, R"("lost":{},"loss_share":{:.6f},)", report.lost, report.loss_share);
  add_json_latency(out, "latency_us", report.latency_us);
  add_json_counts(out, "invalid", report.invalid);
  if (!report.connections.empty()) add_json_counts(out, "connections", report.connections);
  if (report.messages) add_json_messages(out, *report.messages);
  add(out, R"("peers_per_announce":{:.2f},"peers_quantiles":[{}],)", report.peers_per_announce,
      fmt::join(report.peers_quantiles, ","));
  add_json_use(out, report);
  add(out, R"("limited_by":"{}",)", name_of(report.limited_by));
  if (const auto& rate = report.rate) {
    add(out, R"("rate":{{"requested":{},"achieved":{:.1f}}},)", rate->requested, rate->achieved);
  } else {
    out += R"("rate":null,)";
  }
  add_json_search(out, report.search);
  out += '}';
  return out;
}

std::string to_text(const SearchStep& step) {
  return fmt::format("tried         {:>11}/s  p99 {:>8.0f} us  lost {:.4f} %  {}\n",
                     grouped(step.rate), step.p99_us, 100 * step.loss_share,
                     step.good ? "good" : "too much");
}

std::string to_text(const Report& report) {
  Text out;
  if (report.search) {
    for (const SearchStep& step : report.search->steps) out += to_text(step);
    add(out, "highest rate  {}/s\n", grouped(report.search->highest_rate));
  }
  add_rates(out, report);
  if (const auto& rate = report.rate) {
    add(out, "rate          {}/s requested, {}/s sent\n", grouped(rate->requested),
        grouped(rate->achieved));
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
