#include "common/metrics/exposition_writer.hpp"

#include <gtest/gtest.h>

namespace gyre::metrics {
namespace {

enum class Counter : std::size_t { connects, announces, dropped };

constexpr auto table = std::to_array<CounterRow<Counter>>({
    {Counter::connects, "gyre_requests_total", "Requests answered.", R"(type="connect")"},
    {Counter::announces, "gyre_requests_total", "", R"(type="announce")"},
    {Counter::dropped, "gyre_dropped_total", "Dropped.\nPath: \\ \"x\"", ""},
});

TEST(ExpositionWriter, WritesCountersAndGauges) {
  ExpositionWriter out;
  out.counters(table, CounterBlock<table.size()>::Totals{1, 18'446'744'073'709'551'615U,
                                                         9'007'199'254'740'993});
  out.gauge("gyre_torrents", "Torrents.", R"(ip="4")", std::uint64_t{12});
  out.gauge("gyre_torrents", "Torrents.", R"(ip="6")", std::uint64_t{0});
  out.gauge("gyre_load", "Load.", "", 0.25);
  out.counter("gyre_cpu_seconds_total", "CPU.", "", 1700000000.125);
  EXPECT_EQ(out.text(), R"(# HELP gyre_requests_total Requests answered.
# TYPE gyre_requests_total counter
gyre_requests_total{type="connect"} 1
gyre_requests_total{type="announce"} 18446744073709551615
# HELP gyre_dropped_total Dropped.\nPath: \\ "x"
# TYPE gyre_dropped_total counter
gyre_dropped_total 9007199254740993
# HELP gyre_torrents Torrents.
# TYPE gyre_torrents gauge
gyre_torrents{ip="4"} 12
gyre_torrents{ip="6"} 0
# HELP gyre_load Load.
# TYPE gyre_load gauge
gyre_load 0.25
# HELP gyre_cpu_seconds_total CPU.
# TYPE gyre_cpu_seconds_total counter
gyre_cpu_seconds_total 1700000000.125
)");
}

TEST(ExpositionWriter, CountersOfBothFamiliesHaveTheLabelIp) {
  ExpositionWriter out;
  out.counters(table, FamilyCounterBlock<table.size()>::Totals{1, 2, 3, 4, 5, 6});
  for (const std::string_view line : {
           R"(gyre_requests_total{ip="4",type="connect"} 1)",
           R"(gyre_requests_total{ip="6",type="connect"} 2)",
           R"(gyre_requests_total{ip="4",type="announce"} 3)",
           R"(gyre_requests_total{ip="6",type="announce"} 4)",
           R"(gyre_dropped_total{ip="4"} 5)",
           R"(gyre_dropped_total{ip="6"} 6)",
       }) {
    EXPECT_TRUE(out.text().contains("\n" + std::string(line) + "\n")) << line;
  }
}

// As when one process serves several protocols.
TEST(ExpositionWriter, AMetricThatSeveralWriteIsInOnePiece) {
  ExpositionWriter out;
  out.gauge("gyre_build_info", "Version.", "", std::uint64_t{1});
  for (const std::string_view protocol : {"udp", "http"}) {
    out.set_common_labels(label("protocol", protocol));
    out.gauge("gyre_workers", "Workers.", "", std::uint64_t{2});
    out.counter("gyre_requests_total", "Requests.", R"(type="scrape")", std::uint64_t{3});
  }
  out.set_common_labels("");
  out.gauge("process_open_fds", "Descriptors.", "", std::uint64_t{4});
  EXPECT_EQ(out.text(), R"(# HELP gyre_build_info Version.
# TYPE gyre_build_info gauge
gyre_build_info 1
# HELP gyre_workers Workers.
# TYPE gyre_workers gauge
gyre_workers{protocol="udp"} 2
gyre_workers{protocol="http"} 2
# HELP gyre_requests_total Requests.
# TYPE gyre_requests_total counter
gyre_requests_total{protocol="udp",type="scrape"} 3
gyre_requests_total{protocol="http",type="scrape"} 3
# HELP process_open_fds Descriptors.
# TYPE process_open_fds gauge
process_open_fds 4
)");
}

TEST(ExpositionWriter, WritesAHistogramInSeconds) {
  Histogram<5> values;
  values.record(700, 10);
  values.record(1'500'000, 2);
  values.record(3'000'000'000);
  ExpositionWriter out;
  out.histogram("gyre_turn_seconds", "Turns.", R"(worker="0")", values);
  EXPECT_EQ(out.text(), R"(# HELP gyre_turn_seconds Turns.
# TYPE gyre_turn_seconds histogram
gyre_turn_seconds_bucket{worker="0",le="1e-06"} 10
gyre_turn_seconds_bucket{worker="0",le="2e-06"} 10
gyre_turn_seconds_bucket{worker="0",le="5e-06"} 10
gyre_turn_seconds_bucket{worker="0",le="1e-05"} 10
gyre_turn_seconds_bucket{worker="0",le="2e-05"} 10
gyre_turn_seconds_bucket{worker="0",le="5e-05"} 10
gyre_turn_seconds_bucket{worker="0",le="0.0001"} 10
gyre_turn_seconds_bucket{worker="0",le="0.0002"} 10
gyre_turn_seconds_bucket{worker="0",le="0.0005"} 10
gyre_turn_seconds_bucket{worker="0",le="0.001"} 10
gyre_turn_seconds_bucket{worker="0",le="0.002"} 12
gyre_turn_seconds_bucket{worker="0",le="0.005"} 12
gyre_turn_seconds_bucket{worker="0",le="0.01"} 12
gyre_turn_seconds_bucket{worker="0",le="0.02"} 12
gyre_turn_seconds_bucket{worker="0",le="0.05"} 12
gyre_turn_seconds_bucket{worker="0",le="0.1"} 12
gyre_turn_seconds_bucket{worker="0",le="0.2"} 12
gyre_turn_seconds_bucket{worker="0",le="0.5"} 12
gyre_turn_seconds_bucket{worker="0",le="1"} 12
gyre_turn_seconds_bucket{worker="0",le="+Inf"} 13
gyre_turn_seconds_sum{worker="0"} 3.003007
gyre_turn_seconds_count{worker="0"} 13
)");
}

TEST(ExpositionWriter, HistogramWithoutLabelsHasOnlyBounds) {
  ExpositionWriter out;
  out.histogram("gyre_turn_seconds", "Turns.", "", Histogram<5>());
  EXPECT_NE(out.text().find("gyre_turn_seconds_bucket{le=\"+Inf\"} 0\n"), std::string::npos);
  EXPECT_NE(out.text().find("gyre_turn_seconds_sum 0\n"), std::string::npos);
}

TEST(Label, EscapesItsValue) {
  EXPECT_EQ(label("ip", "4"), R"(ip="4")");
  EXPECT_EQ(label("path", "a\\b\"c\nd"), R"(path="a\\b\"c\nd")");
}

}  // namespace
}  // namespace gyre::metrics
