#include "common/config/peer_addresses.hpp"

#include <fmt/format.h>

#include "common/base/address_class.hpp"
#include "common/net/network_list.hpp"

namespace gyre::config {
namespace {

template <class Address>
void add_external_problem(std::string_view key, const std::string& text,
                          std::optional<Address> address, std::vector<std::string>& problems) {
  if (text.empty()) return;
  if (!address) {
    problems.push_back(
        fmt::format("network.{}: \"{}\" is not an IPv{} address; write it without a port", key,
                    text, family_of<Address> == Family::ipv4 ? 4 : 6));
  } else if (address_class(*address) < AddressClass::private_) {
    problems.push_back(fmt::format(
        "network.{}: {} cannot be reached from elsewhere; write the address that clients "
        "outside connect to",
        key, text));
  }
}

}  // namespace

void describe(Schema& schema, PeerAddressConfig& config, std::string_view ip_parameter_text) {
  schema.setting(
      "external_address_ipv4", config.external_address_ipv4,
      "Address (without a port) by which others reach peers whose address is loopback or "
      "private: those beside the tracker, or in its LAN or container network, behind "
      "forwarded ports. Such peers are then returned to everybody, with this address to "
      "clients outside; in their own network they keep their private address. Empty: "
      "they are returned inside only.");
  schema.setting("external_address_ipv6", config.external_address_ipv6, "The same for IPv6.");
  schema.setting("trusted_ip_parameter", config.trusted_ip_parameter, ip_parameter_text);
}

void add_peer_address_problems(const PeerAddressConfig& config,
                               std::vector<std::string>& problems) {
  add_external_problem("external_address_ipv4", config.external_address_ipv4,
                       ipv4_address_from(config.external_address_ipv4), problems);
  add_external_problem("external_address_ipv6", config.external_address_ipv6,
                       ipv6_address_from(config.external_address_ipv6), problems);
  const auto networks = net::NetworkList::parse(config.trusted_ip_parameter);
  if (!networks) problems.push_back("network.trusted_ip_parameter: " + networks.error());
}

}  // namespace gyre::config
