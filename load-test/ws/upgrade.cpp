#include "load-test/ws/upgrade.hpp"

namespace gyre::load_test::ws {
namespace {

// RFC 6455 section 1.3.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

}  // namespace

std::string upgrade_request(const Config& config) {
  std::string request = "GET " + config.url_path +
                        " HTTP/1.1\r\nHost: " + to_string(config.run.server_address) +
                        "\r\nUser-Agent: gyre_ws_load_test\r\nConnection: Upgrade\r\n"
                        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
  request.append(key);
  if (config.deflate) {
    request +=
        "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover";
  }
  return request += "\r\n\r\n";
}

std::expected<bool, Count> deflate_agreed(const http1::ResponseHead& response,
                                          bool deflate_offered) {
  constexpr auto refused = std::unexpected(Count::upgrades_refused);
  if (response.status != 101 || http1::find_header(response, "Sec-WebSocket-Accept") != accept) {
    return refused;
  }
  const auto extensions = http1::find_header(response, "Sec-WebSocket-Extensions");
  if (!extensions) return false;
  const bool forgets = extensions->starts_with("permessage-deflate") &&
                       extensions->contains("server_no_context_takeover");
  if (!deflate_offered || !forgets) return refused;
  return true;
}

}  // namespace gyre::load_test::ws
