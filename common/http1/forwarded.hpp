// Who a request is from when it comes through proxies: from the headers that they add, to an
// address. Pure functions; whom to trust is the operator's word.
//
// Anyone can send such headers, so they are read only if the connection comes from a trusted
// network, and of a list of proxies only as far back as each is trusted: the right-most address
// that is not is the client. A trusted proxy that says nothing, or nothing legible, is an error:
// its own address would stand for all its clients.
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
  single,     // one address: X-Real-IP, CF-Connecting-IP; of several headers the last counts
  forwarded,  // Forwarded (RFC 7239)
};

// Which header has the client's address.
struct AddressHeader {
  std::string name;  // empty: none, the connection's address is the client's
  AddressFormat format = AddressFormat::list;
};

enum class AddressError : std::uint8_t {
  no_address,        // neither the connection nor a header has one
  no_header,         // a trusted proxy did not send it
  malformed_header,  // an address is due where there is none
};

// For the client, without a full stop.
std::string_view to_string(AddressError error);

// `connection` is nothing where the connection has no address, as on a unix socket: it is trusted,
// since only local proxies use those.
std::expected<ClientAddress, AddressError> client_address(
    const RequestHead& head, const std::optional<ClientAddress>& connection,
    const AddressHeader& header, const net::NetworkList& trusted);

// An address as proxies write it: bare, in brackets, or with a port behind it.
std::optional<ClientAddress> forwarded_address_from(std::string_view text);

}  // namespace gyre::http1
