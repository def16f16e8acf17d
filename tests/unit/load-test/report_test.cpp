#include "load-test/report.hpp"

#include <gtest/gtest.h>

#include <array>

#include "common/metrics/histogram.hpp"

namespace gyre::load_test {
namespace {

Report sample() {
  return {.mode = "saturate",
          .seconds = 10,
          .requests = 1'234'567,
          .responses = 1'234'560,
          .responses_per_s = 123'456,
          .responses_by_kind = {{"connect", 23'456}, {"announce", 100'000}},
          .responses_per_s_min = 120'000,
          .responses_per_s_max = 125'000,
          .responses_per_s_stddev = 1'000.26,
          .lost = 7,
          .late = 0,
          .loss_share = 0.000006,
          .latency_us = {1, 2, 3, 4.04, 5, 6},
          .invalid = {{"wrong_size", 0}, {"wrong_action", 3}},
          .peers_per_announce = 21.5,
          .peers_quantiles = {0, 30},
          .generator_cpu_share = 0.9,
          .generator_cpu_us_per_response = 1.2,
          .idle_share = 0.3,
          .tracker = {},
          .limited_by = Limit::tracker,
          .requests_per_s = 99'999,
          .requested_rate = {},
          .search = {}};
}

TEST(Report, AsJson) {
  EXPECT_EQ(to_json(sample()),
            R"({"mode":"saturate","seconds":10.0,"requests":1234567,"responses":1234560,)"
            R"("responses_per_s":{"total":123456.0,"connect":23456.0,"announce":100000.0},)"
            R"("responses_per_s_spread":{"min":120000.0,"max":125000.0,"stddev":1000.3},)"
            R"("lost":7,"loss_share":6e-06,)"
            R"("latency_us":{"p50":1.0,"p90":2.0,"p99":3.0,"p99_9":4.0,"p99_99":5.0,"max":6.0},)"
            R"("invalid":{"wrong_size":0,"wrong_action":3},"peers_per_announce":21.5,)"
            R"("peers_quantiles":[0,30],)"
            R"("generator":{"cpu_share":0.9,"cpu_us_per_response":1.2,"idle_share":0.3},)"
            R"("tracker":null,"limited_by":"tracker","rate":null,"search":null})");
}

TEST(Report, AsJsonWithAllParts) {
  Report report = sample();
  report.tracker = TrackerUse{.cpu_share = 1,
                              .cpu_us_per_response = 1.9,
                              .resident_bytes = 123,
                              .resident_peak_bytes = 124};
  report.limited_by = Limit::rate;
  report.requested_rate = 100'000;
  report.search = {{.rate = 1, .p99_us = 2, .loss_share = 0, .good = true},
                   {.rate = 3, .p99_us = 4, .loss_share = 0.5, .good = false}};
  const std::string json = to_json(report);
  for (const std::string_view part :
       {R"("tracker":{"cpu_share":1.0,"cpu_us_per_response":1.9,"resident_bytes":123,)"
        R"("resident_peak_bytes":124},"limited_by":"rate",)",
        R"("rate":{"requested":100000,"achieved":99999.0},)",
        R"("search":{"highest_rate":1,"steps":[)"
        R"({"rate":1,"p99_us":2.0,"loss_share":0.0,"good":true},)"
        R"({"rate":3,"p99_us":4.0,"loss_share":0.5,"good":false}]}})"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\nin " << json;
  }
}

Report sample_with_messages() {
  Report report = sample();
  report.messages = MessageUse{.per_s = 3000,
                               .received_per_s = 2000,
                               .sent_per_s = 1000,
                               .sent_by_kind = {{"announce", 100}, {"answer", 900}},
                               .bytes_sent_per_s = 2.5e6,
                               .bytes_received_per_s = 3.5e6,
                               .per_transfer = 1.5,
                               .generator_cpu_us = 0.5,
                               .tracker_cpu_us = 1.25,
                               .tracker_user_cpu_us = 0.75,
                               .offers = {{"sent", 10}, {"answered", 9}},
                               .reply_latency_us = {1, 2, 3, 4, 5, 6}};
  return report;
}

TEST(Report, OfMessagesAsJson) {
  const std::string json = to_json(sample_with_messages());
  const std::string_view part =
      R"("messages":{"per_s":3000.0,"received_per_s":2000.0,"sent_per_s":{"total":1000.0,)"
      R"("announce":100.0,"answer":900.0},"bytes_sent_per_s":2500000,)"
      R"("bytes_received_per_s":3500000,"per_transfer":1.5,"generator_cpu_us":0.5,)"
      R"("tracker_cpu_us":1.25,"tracker_user_cpu_us":0.75,"offers":{"sent":10,"answered":9},)"
      R"("reply_latency_us":{"p50":1.0,"p90":2.0,"p99":3.0,"p99_9":4.0,"p99_99":5.0,)"
      R"("max":6.0}},"peers_per_announce")";
  EXPECT_NE(json.find(part), std::string::npos) << json;
}

TEST(Report, OfMessagesAsText) {
  const std::string text = to_text(sample_with_messages());
  for (const std::string_view part :
       {"messages      3,000/s: 2,000/s received, 1,000/s sent (announce 100, answer 900); 3.5 "
        "MB/s received, 2.5 MB/s sent, 1.5 messages per transfer\n",
        "offers        sent 10 answered 9\n",
        "each message  0.50 us of the load tester's CPU, 1.25 us of the tracker's, 0.75 us of it "
        "in user space\n",
        "reply after   p50 1 us"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin " << text;
  }
}

TEST(Report, AsTextForPeople) {
  const std::string text = to_text(sample());
  for (const std::string_view part :
       {"responses/s   123,456 (120,000 to 125,000 per second", "connect 23,456 announce 100,000",
        "1,234,567 requests, 1,234,560 responses, 7 lost (0.0006 %)\n",
        "INVALID       3 responses: wrong_action\n", "limited by    the tracker"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin " << text;
  }
  for (const std::string_view part : {"wrong_size", "tracker       ", "rate  ", "answered late"}) {
    EXPECT_EQ(text.find(part), std::string::npos) << part << "\nin " << text;
  }
}

TEST(Report, SaysWhenTheLoadTesterWasTheLimit) {
  Report report = sample();
  report.limited_by = Limit::generator;
  EXPECT_NE(to_text(report).find("THE LOAD TESTER, not the tracker"), std::string::npos);
  EXPECT_NE(to_json(report).find(R"("limited_by":"generator")"), std::string::npos);
}

TEST(Report, HighestGoodRate) {
  EXPECT_EQ(highest_good_rate({}), 0U);
  constexpr std::array<SearchStep, 3> steps = {
      {{.rate = 100, .good = true}, {.rate = 200, .good = false}, {.rate = 150, .good = true}}};
  EXPECT_EQ(highest_good_rate(steps), 150U);
}

TEST(Report, SpreadOfSamples) {
  Report report;
  set_spread(report, {});
  EXPECT_EQ(report.responses_per_s_max, 0);
  set_spread(report, std::array{2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0});
  EXPECT_EQ(report.responses_per_s_min, 2);
  EXPECT_EQ(report.responses_per_s_max, 9);
  EXPECT_DOUBLE_EQ(report.responses_per_s_stddev, 2);
}

TEST(Report, LatenciesAreInMicroseconds) {
  metrics::Histogram<> values;
  for (std::uint64_t us = 1; us <= 10'000; ++us) values.record(us * 1000);
  const Latency latency = latency_of(values);
  constexpr Latency exact = {5'000, 9'000, 9'900, 9'990, 9'999, 10'000};
  for (std::size_t i = 0; i < latency.size(); ++i) {
    EXPECT_NEAR(latency[i], exact[i], 0.01 * exact[i]) << latency_quantiles[i].name;
  }
}

}  // namespace
}  // namespace gyre::load_test
