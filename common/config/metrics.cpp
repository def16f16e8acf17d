#include "common/config/metrics.hpp"

namespace gyre::config {

void describe(Schema& schema, MetricsConfig& config) {
  auto& [run_prometheus_endpoint, prometheus_endpoint_address] = config;
  schema.setting("run_prometheus_endpoint", run_prometheus_endpoint,
                 "Serve Prometheus metrics and a status page over HTTP.");
  schema.setting("prometheus_endpoint_address", prometheus_endpoint_address,
                 "Address and port of the metrics endpoint, IPv4 or IPv6. Anyone who can reach "
                 "it can read the metrics: keep it on loopback or behind a firewall.");
}

void describe_section(Schema& schema, MetricsConfig& config) {
  schema.section("metrics", config, "Monitoring.");
}

}  // namespace gyre::config
