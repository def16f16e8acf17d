// The metrics of all workers in one text.
#include "ws/metrics_text.hpp"

#include <gtest/gtest.h>

namespace gyre::ws {
namespace {

TEST(WsMetricsText, SumsOverWorkers) {
  tracker::AllMetrics<WorkerMetrics> workers;
  for (int i = 0; i < 2; ++i) workers.push_back(std::make_unique<WorkerMetrics>());
  workers[0]->count(Counter::request_announce, Family::ipv6, 2);
  workers[1]->count(Counter::request_announce, Family::ipv6, 3);
  workers[1]->count(WorkerCounter::sent_offer, 7);
  workers[0]->count(http1::PageKind::health);
  workers[0]->streams.count(connection::Counter::accepted, 9);
  workers[1]->streams.open = 4;
  workers[0]->websockets = 3;
  workers[0]->torrents = 1;
  workers[1]->torrents = 1;
  workers[1]->peers = 5;
  workers[1]->seeders = 2;
  workers[0]->answers_due = 6;
  workers[0]->latency.record(1500);
  swarm::Budget budget({.peers = 100, .torrents = 10});
  ASSERT_TRUE(budget.take_peer(0));
  metrics::ExpositionWriter out;
  write_metrics(out, workers, budget);
  for (const std::string_view line : {
           "gyre_requests_total{ip=\"6\",type=\"announce\"} 5",
           "gyre_requests_total{ip=\"4\",type=\"announce\"} 0",
           "gyre_messages_sent_total{type=\"offer\"} 7",
           "gyre_pages_total{page=\"health\"} 1",
           "gyre_connections_accepted_total 9",
           "gyre_connections 4",
           "gyre_websockets 3",
           "gyre_torrents 2",
           "gyre_peers 5",
           "gyre_seeders 2",
           "gyre_answers_due 6",
           "gyre_response_latency_seconds_count 1",
           "gyre_budget_used{budget=\"peers\"} 1",
           "gyre_budget_limit{budget=\"torrents\"} 10",
       }) {
    EXPECT_TRUE(out.text().contains("\n" + std::string(line) + "\n")) << line;
  }
}

}  // namespace
}  // namespace gyre::ws
