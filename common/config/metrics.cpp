#include "common/config/metrics.hpp"

namespace gyre::config {

void describe(Schema& schema, MetricsConfig& config) {
  auto& [run_prometheus_endpoint, prometheus_endpoint_address, host_names] = config;
  schema.setting("run_prometheus_endpoint", run_prometheus_endpoint,
                 "Serve Prometheus metrics and a status page over HTTP.");
  schema.setting("prometheus_endpoint_address", prometheus_endpoint_address,
                 "Address and port of the metrics endpoint, IPv4 or IPv6. Anyone who can reach "
                 "it can read the metrics: keep it on loopback or behind a firewall.");
  schema.setting("host_names", host_names,
                 "Names by which the endpoint is asked, besides IP addresses and \"localhost\": "
                 "the host in Prometheus' target, such as the name of a service in Docker Compose. "
                 "Others are refused with status 421, so that no web page can read the metrics "
                 "with its visitor's browser (DNS rebinding). If empty, an endpoint on loopback "
                 "has no other names, and one elsewhere answers to any.");
}

void describe_section(Schema& schema, MetricsConfig& config) {
  schema.section("metrics", config, "Monitoring.");
}

}  // namespace gyre::config
