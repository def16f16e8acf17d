// [metrics]: where a program's numbers can be read.
#pragma once

#include "common/config/schema.hpp"

namespace gyre::config {

struct MetricsConfig {
  bool run_prometheus_endpoint = false;
  net::SocketAddress prometheus_endpoint_address{
      Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 9000};
  TextList host_names{};
  bool operator==(const MetricsConfig&) const = default;
};
void describe(Schema& schema, MetricsConfig& config);

// The whole section, which is the same in every program.
void describe_section(Schema& schema, MetricsConfig& config);

}  // namespace gyre::config
