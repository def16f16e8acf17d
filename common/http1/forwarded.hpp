// The client's address for a request that came through proxies, from the headers that they add.
// Pure functions; which proxies to trust is the operator's decision.
//
// Anyone can send such headers, so they are read only if the connection comes from a trusted
// network, and a list of proxies only back to the right-most address that is not trusted: that is
// the client. It is an error if a trusted proxy sends no header or a malformed one: its own address
// would stand for all of its clients.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/types.hpp"
#include "common/http1/request_head.hpp"
#include "common/net/network_list.hpp"

namespace gyre::http1 {

enum class AddressFormat : std::uint8_t {
  list,       // X-Forwarded-For: a comma-separated list, in one header or several
  single,     // one address: X-Real-IP, CF-Connecting-IP; if repeated, the last one counts
  forwarded,  // Forwarded (RFC 7239)
};

// The header that has the client's address.
struct AddressHeader {
  std::string name;  // empty: the connection's address is the client's
  AddressFormat format = AddressFormat::list;
};

enum class AddressError : std::uint8_t {
  no_address,        // neither the connection nor a header has one
  no_header,         // a trusted proxy did not send it
  malformed_header,  // something else stands where the address should be
};

// A sentence for the client, without a full stop.
std::string_view to_string(AddressError error);

// `connection` is nullopt if the connection has no address, as on a unix socket: it counts as
// trusted, since only local proxies use those.
std::expected<ClientAddress, AddressError> client_address(
    const RequestHead& head, const std::optional<ClientAddress>& connection,
    const AddressHeader& header, const net::NetworkList& trusted);

// Parses an address as proxies write it: bare, in brackets, or with a port.
std::optional<ClientAddress> forwarded_address_from(std::string_view text);

}  // namespace gyre::http1
