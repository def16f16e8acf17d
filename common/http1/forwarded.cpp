#include "common/http1/forwarded.hpp"

#include <algorithm>

#include "common/http1/list.hpp"

namespace gyre::http1 {
namespace {

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// The value of `for` in an element of Forwarded; empty if there is none.
std::string_view forwarded_for(std::string_view element) {
  ListReader pairs(element, ';');
  while (const auto pair = pairs.next()) {
    const std::size_t equals = pair->find('=');
    if (equals == std::string_view::npos) continue;
    if (equals_ignoring_case(pair->substr(0, equals), "for")) {
      return unquoted(pair->substr(equals + 1));
    }
  }
  return "";
}

// Calls take(address) for each that the header has, from left to right; nothing stands for what is
// none.
template <class Take>
void for_addresses(std::string_view value, AddressFormat format, const Take& take) {
  if (format == AddressFormat::single) return take(forwarded_address_from(value));
  ListReader elements(value, ',');
  while (const auto element = elements.next()) {
    take(
        forwarded_address_from(format == AddressFormat::list ? *element : forwarded_for(*element)));
  }
}

}  // namespace

std::expected<ClientAddress, AddressError> client_address(
    const RequestHead& head, const std::optional<ClientAddress>& connection,
    const AddressHeader& header, const net::NetworkList& trusted) {
  if (header.name.empty() || (connection && !trusted.contains(*connection))) {
    if (connection) return *connection;
    return std::unexpected(AddressError::no_address);
  }
  // The right-most that is not trusted; if all are trusted, the client is itself in a trusted
  // network: it is the left-most. A single address is final, in a trusted network or not.
  std::expected<ClientAddress, AddressError> found = std::unexpected(AddressError::no_header);
  bool is_first = true;
  const auto take = [&](const std::optional<ClientAddress>& address) {
    if (!address) {
      found = std::unexpected(AddressError::malformed_header);
    } else if (is_first || header.format == AddressFormat::single || !trusted.contains(*address)) {
      found = *address;
    }
    is_first = false;
  };
  for (const auto& [name, value] : head.headers()) {
    if (equals_ignoring_case(name, header.name)) for_addresses(value, header.format, take);
  }
  return found;
}

std::optional<ClientAddress> forwarded_address_from(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view behind = text.substr(end + 1);
    if (!behind.empty() && !behind.starts_with(':')) return std::nullopt;
    const auto ipv6 = ipv6_address_from(text.substr(1, end - 1));
    if (!ipv6) return std::nullopt;
    if (const auto ipv4 = ipv4_mapped_in(*ipv6)) return *ipv4;
    return *ipv6;
  }
  if (const auto address = client_address_from(text)) return address;
  const auto ipv4 = ipv4_address_from(text.substr(0, text.rfind(':')));
  if (!ipv4) return std::nullopt;
  return *ipv4;
}

std::string_view to_string(AddressError error) {
  switch (error) {
    case AddressError::no_header:
      return "the proxy in front of this tracker does not send your address";
    case AddressError::malformed_header:
      return "the proxy in front of this tracker sends an invalid address for you";
    case AddressError::no_address:
      break;
  }
  return "your address is unknown: no proxy sends it";
}

}  // namespace gyre::http1
