// The names under which the metrics endpoint may be asked, against DNS rebinding: a web page whose
// own host name suddenly means 127.0.0.1 would read the metrics with its visitor's browser. The
// browser still sends that name as Host.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/net/socket_address.hpp"

namespace gyre::metrics {

class HostNames {
 public:
  HostNames() = default;  // any name

  // On loopback, and wherever the operator lists names: IP addresses, "localhost" and those names,
  // in upper or lower case. Otherwise any.
  HostNames(const net::SocketAddress& endpoint, std::vector<std::string> listed);

  // `host` is the value of that header, with or without a port.
  bool contains(std::string_view host) const;

 private:
  bool is_limited_ = false;
  std::vector<std::string> listed_;  // in lower case
};

}  // namespace gyre::metrics
