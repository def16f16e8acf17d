#include "load-test/ws/upgrade.hpp"

#include <algorithm>
#include <optional>

#include "common/http1/request_head.hpp"

namespace gyre::load_test::ws {
namespace {

using Fault = UpgradeFault;

// RFC 6455 section 1.3.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// The value of the first header of that name in the lines of a head.
std::optional<std::string_view> header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos ||
        !http1::equals_ignoring_case(line.substr(0, colon), name)) {
      continue;
    }
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
  }
  return std::nullopt;
}

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

std::expected<UpgradeResponse, Fault> parse_upgrade_response(std::string_view input,
                                                             bool deflate_offered) {
  const std::size_t end = input.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    const bool is_over = input.size() >= upgrade_response_size_max;
    return std::unexpected(is_over ? Fault::refused : Fault::incomplete);
  }
  const std::string_view head = input.substr(0, end + 2);
  if (!head.starts_with("HTTP/1.1 101") || header(head, "Sec-WebSocket-Accept") != accept) {
    return std::unexpected(Fault::refused);
  }
  const auto extensions = header(head, "Sec-WebSocket-Extensions");
  const bool deflate = extensions && extensions->starts_with("permessage-deflate");
  const bool forgets = extensions && extensions->contains("server_no_context_takeover");
  if (extensions && !(deflate && forgets && deflate_offered)) {
    return std::unexpected(Fault::refused);
  }
  return UpgradeResponse{.size = end + 4, .deflate = deflate};
}

}  // namespace gyre::load_test::ws
