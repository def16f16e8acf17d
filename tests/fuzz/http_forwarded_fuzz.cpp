// The first byte chooses how the header is read, the rest is its value. A client that is found must
// come from the value: it is never the proxy itself, unless the value names it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "common/http1/forwarded.hpp"

namespace {

using namespace gyre;
using namespace gyre::http1;

const ClientAddress proxy = *client_address_from("10.0.0.1");

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::vector<std::string> networks = {"10.0.0.0/8", "2001:db8::/32"};
  static const net::NetworkList trusted = net::NetworkList::parse(networks).value();
  const std::string_view value(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string text = "GET / HTTP/1.1\r\nX: " + std::string(value) + "\r\n\r\n";
  RequestHead head;
  if (!parse_request_head(text, head)) return 0;

  const AddressHeader header{"X", static_cast<AddressFormat>(data[0] % 3)};
  const auto found = client_address(head, proxy, header, trusted);
  if (found == proxy) CHECK(value.contains("10.0.0.1") || value.contains(':'));
  if (!found) CHECK(found.error() != AddressError::no_address);
  // An untrusted address that a proxy appends is the client, whatever comes before it.
  const bool ends_in_it = equals_ignoring_case(head.headers().back().name, header.name);
  if (header.format != AddressFormat::single && ends_in_it && !value.contains('"')) {
    const bool is_list = header.format == AddressFormat::list;
    const std::string longer =
        text.substr(0, text.size() - 4) + (is_list ? ",1.2.3.4\r\n\r\n" : ",for=1.2.3.4\r\n\r\n");
    if (parse_request_head(longer, head) == longer.size()) {
      CHECK(client_address(head, proxy, header, trusted) == *client_address_from("1.2.3.4"));
    }
  }
  return 0;
}
