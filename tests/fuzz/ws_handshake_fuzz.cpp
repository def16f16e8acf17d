// The bytes are a request head. Whatever it asks for, the response is a well-formed head within its
// stated size, without a line that the client has injected.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/base/check.hpp"
#include "common/http1/request_head.hpp"
#include "ws/handshake.hpp"
#include "ws/origin.hpp"

namespace {

using namespace gyre;
using namespace gyre::ws;

std::size_t count_lines(std::string_view text) {
  std::size_t count = 0;
  while (true) {
    const std::size_t end = text.find("\r\n");
    CHECK(end != std::string_view::npos);
    for (const char c : text.substr(0, end)) CHECK(c >= ' ' && c != '\x7f');
    text.remove_prefix(end + 2);
    if (end == 0) break;
    ++count;
  }
  CHECK(text.empty());
  return count;
}

void check_upgrade(const Upgrade& upgrade) {
  std::array<std::byte, upgrade_response_size_max> out{};
  const std::size_t size = write_upgrade_response(upgrade, out);
  const std::string_view text(reinterpret_cast<const char*>(out.data()), size);
  CHECK(text.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  const bool has_deflate = upgrade.deflate_window_bits > 0;
  const bool has_subprotocol = !upgrade.subprotocol.empty();
  CHECK(count_lines(text) == 4U + (has_deflate ? 1U : 0U) + (has_subprotocol ? 1U : 0U));
  if (has_deflate) {
    CHECK(upgrade.deflate_window_bits >= window_bits_min);
    CHECK(upgrade.deflate_window_bits <= window_bits_max);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OriginRules rules{.allow = {"*.example.org", "https://example.net"},
                                 .deny = {"https://bad.example.org"},
                                 .deny_empty = true};
  http1::RequestHead head;
  const std::span input(reinterpret_cast<const char*>(data), size);
  if (!parse_request_head(input, head)) return 0;
  static_cast<void>(rules.allows(head));
  static_cast<void>(is_origin_rule(head.target));
  static_cast<void>(wants_upgrade(head));
  const auto upgrade = parse_upgrade(head, true);
  const auto without_deflate = parse_upgrade(head, false);
  CHECK(upgrade.has_value() == without_deflate.has_value());
  if (upgrade) {
    CHECK(without_deflate->deflate_window_bits == 0);
    check_upgrade(*upgrade);
    check_upgrade(*without_deflate);
    return 0;
  }
  std::array<std::byte, upgrade_refusal_size_max> out{};
  CHECK(write_upgrade_refusal(upgrade.error(), out).size <= out.size());
  return 0;
}
