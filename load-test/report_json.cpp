// A report as JSON.
#include <nlohmann/json.hpp>

#include <cmath>

#include "load-test/report.hpp"

namespace gyre::load_test {
namespace {

using Json = nlohmann::ordered_json;

// A number whose further digits say nothing.
Json rounded(double value, int decimals) {
  const double unit = std::pow(10.0, decimals);
  return std::round(value * unit) / unit;
}

template <class Value>
Json object_of(const std::vector<Named<Value>>& rows) {
  Json object = Json::object();
  for (const auto& [name, value] : rows) object[std::string(name)] = value;
  return object;
}

Json rates_of(double total, const std::vector<Named<double>>& by_kind) {
  Json rates = {{"total", rounded(total, 1)}};
  for (const auto& [name, per_s] : by_kind) rates[std::string(name)] = rounded(per_s, 1);
  return rates;
}

Json json_of(const Latency& latency) {
  Json json;
  for (std::size_t i = 0; i < latency.size(); ++i) {
    json[std::string(latency_quantiles[i].name)] = rounded(latency[i], 1);
  }
  return json;
}

Json json_of(const MessageUse& use) {
  return {{"per_s", rounded(use.per_s, 1)},
          {"received_per_s", rounded(use.received_per_s, 1)},
          {"sent_per_s", rates_of(use.sent_per_s, use.sent_by_kind)},
          {"bytes_sent_per_s", std::llround(use.bytes_sent_per_s)},
          {"bytes_received_per_s", std::llround(use.bytes_received_per_s)},
          {"per_transfer", rounded(use.per_transfer, 3)},
          {"generator_cpu_us", rounded(use.generator_cpu_us, 3)},
          {"tracker_cpu_us", rounded(use.tracker_cpu_us, 3)},
          {"tracker_user_cpu_us", rounded(use.tracker_user_cpu_us, 3)},
          {"offers", object_of(use.offers)},
          {"reply_latency_us", json_of(use.reply_latency_us)}};
}

Json json_of(const TrackerUse& use) {
  return {{"cpu_share", rounded(use.cpu_share, 3)},
          {"cpu_us_per_response", rounded(use.cpu_us_per_response, 3)},
          {"resident_bytes", use.resident_bytes},
          {"resident_peak_bytes", use.resident_peak_bytes}};
}

Json json_of(const std::vector<SearchStep>& steps) {
  Json json = {{"highest_rate", highest_good_rate(steps)}, {"steps", Json::array()}};
  for (const SearchStep& step : steps) {
    json["steps"].push_back({{"rate", step.rate},
                             {"p99_us", rounded(step.p99_us, 1)},
                             {"loss_share", rounded(step.loss_share, 6)},
                             {"good", step.good}});
  }
  return json;
}

constexpr std::string_view name_of(Limit limit) {
  constexpr std::array<std::string_view, 3> names = {"tracker", "generator", "rate"};
  return names[static_cast<std::size_t>(limit)];
}

}  // namespace

std::string to_json(const Report& report) {
  Json json;
  json["mode"] = report.mode;
  json["seconds"] = rounded(report.seconds, 3);
  json["requests"] = report.requests;
  json["responses"] = report.responses;
  json["responses_per_s"] = rates_of(report.responses_per_s, report.responses_by_kind);
  json["responses_per_s_spread"] = {{"min", rounded(report.responses_per_s_min, 1)},
                                    {"max", rounded(report.responses_per_s_max, 1)},
                                    {"stddev", rounded(report.responses_per_s_stddev, 1)}};
  json["lost"] = report.lost;
  json["loss_share"] = rounded(report.loss_share, 6);
  json["latency_us"] = json_of(report.latency_us);
  json["invalid"] = object_of(report.invalid);
  if (!report.connections.empty()) json["connections"] = object_of(report.connections);
  if (report.messages) json["messages"] = json_of(*report.messages);
  json["peers_per_announce"] = rounded(report.peers_per_announce, 2);
  json["peers_quantiles"] = report.peers_quantiles;
  json["generator"] = {{"cpu_share", rounded(report.generator_cpu_share, 3)},
                       {"cpu_us_per_response", rounded(report.generator_cpu_us_per_response, 3)},
                       {"idle_share", rounded(report.idle_share, 4)}};
  json["tracker"] = report.tracker ? json_of(*report.tracker) : Json();
  json["limited_by"] = name_of(report.limited_by);
  json["rate"] = nullptr;
  if (report.requested_rate) {
    json["rate"] = {{"requested", *report.requested_rate},
                    {"achieved", rounded(report.requests_per_s, 1)}};
  }
  json["search"] = report.search ? json_of(*report.search) : Json();
  return json.dump();
}

}  // namespace gyre::load_test
