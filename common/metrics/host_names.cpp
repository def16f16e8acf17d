#include "common/metrics/host_names.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/base/text.hpp"

namespace gyre::metrics {
namespace {

bool is_loopback(const net::SocketAddress& address) {
  if (const auto* ipv4 = std::get_if<Ipv4Address>(&address.address)) {
    return ipv4->bytes[0] == std::byte{127};
  }
  Ipv6Address loopback{};
  loopback.bytes.back() = std::byte{1};
  return address.address == decltype(address.address){loopback};
}

bool is_ip_address(std::string_view name) {
  return net::socket_address_from(std::string(name) + ":1").has_value();
}

// Without the port, and the dot at the end that makes a name absolute.
std::string_view without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool is_in_brackets = host.ends_with(']');
  if (colon != std::string_view::npos && !is_in_brackets) host = host.substr(0, colon);
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

}  // namespace

HostNames::HostNames(const net::SocketAddress& endpoint, std::vector<std::string> listed)
    : is_limited_(is_loopback(endpoint) || !listed.empty()), listed_(std::move(listed)) {
  for (std::string& name : listed_) name = lower_case(name);
}

bool HostNames::contains(std::string_view host) const {
  if (!is_limited_) return true;
  const std::string name = lower_case(without_port(host));
  return name == "localhost" || is_ip_address(name) ||
         std::ranges::find(listed_, name) != listed_.end();
}

}  // namespace gyre::metrics
