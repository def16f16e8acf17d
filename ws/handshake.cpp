#include "ws/handshake.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/numbers.hpp"
#include "common/base/text.hpp"
#include "common/http1/list.hpp"
#include "common/http1/text_writer.hpp"
#include "common/limits/deny_lists.hpp"
#include "common/tls/sha1.hpp"

namespace gyre::ws {
namespace {

constexpr std::size_t key_size = 24;  // 16 bytes in base64

std::size_t count_headers(const http1::RequestHead& head, std::string_view name) {
  const auto is_it = [name](const http1::Header& header) {
    return http1::equals_ignoring_case(header.name, name);
  };
  return static_cast<std::size_t>(std::ranges::count_if(head.headers(), is_it));
}

// The key is only hashed and sent back (RFC 6455 section 4.2.2).
bool is_key(std::string_view text) {
  std::array<unsigned char, 16> nonce;
  std::size_t size = 0;
  return text.size() == key_size &&
         sodium_base642bin(nonce.data(), nonce.size(), text.data(), text.size(), nullptr, &size,
                           nullptr, sodium_base64_VARIANT_ORIGINAL) == 0 &&
         size == nonce.size();
}

std::array<char, 28> accept_key_of(std::string_view key) {
  constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<char, key_size + guid.size()> text;
  std::ranges::copy(guid, std::ranges::copy(key, text.begin()).out);
  const auto digest = tls::sha1(std::as_bytes(std::span(text)));
  std::array<char, 29> encoded;  // with a terminating zero
  sodium_bin2base64(encoded.data(), encoded.size(),
                    reinterpret_cast<const unsigned char*>(digest.data()), digest.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  std::array<char, 28> accept_key;
  std::copy_n(encoded.begin(), accept_key.size(), accept_key.begin());
  return accept_key;
}

// 8 to 15, without leading zeros, possibly in quotes (RFC 6455 section 9.1, RFC 7692 section
// 7.1.2).
std::optional<std::uint8_t> window_bits_from(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  const auto bits = number_from<std::uint8_t>(text);
  return bits >= 8 && bits <= 15 && !text.starts_with('0') ? bits : std::nullopt;
}

// Accepts or declines one offer, after its name. Unknown, malformed or repeated parameters decline
// it (RFC 7692 section 7.1).
bool accept_offer(http1::ListReader& parameters, Upgrade& upgrade) {
  std::uint8_t window_bits = window_bits_max;
  bool has_server_bits = false;
  bool has_server_takeover = false;
  bool has_client_takeover = false;
  bool has_client_bits = false;
  const auto once = [](bool& seen) { return !std::exchange(seen, true); };
  while (const auto parameter = parameters.next()) {
    const std::size_t equals = parameter->find('=');
    const bool has_value = equals != std::string_view::npos;
    const auto name = trimmed(parameter->substr(0, equals));
    const auto value = has_value ? trimmed(parameter->substr(equals + 1)) : "";
    if (name == "server_no_context_takeover") {
      if (has_value || !once(has_server_takeover)) return false;
    } else if (name == "client_no_context_takeover") {
      if (has_value || !once(has_client_takeover)) return false;
    } else if (name == "client_max_window_bits") {
      if ((has_value && !window_bits_from(value)) || !once(has_client_bits)) return false;
    } else if (name == "server_max_window_bits") {
      const auto bits = window_bits_from(value);
      if (!bits || *bits < window_bits_min || !once(has_server_bits)) return false;
      window_bits = *bits;
    } else {
      return false;
    }
  }
  DCHECK(window_bits >= window_bits_min && window_bits <= window_bits_max);
  upgrade.deflate_window_bits = window_bits;
  upgrade.confirm_window_bits = has_server_bits;
  return true;
}

// Accepts the first offer that is possible: offers are in the client's order of preference.
void agree_on_deflate(const http1::RequestHead& head, Upgrade& upgrade) {
  for (const auto& header : head.headers()) {
    if (!http1::equals_ignoring_case(header.name, "Sec-WebSocket-Extensions")) continue;
    http1::ListReader offers(header.value);
    while (const auto offer = offers.next()) {
      http1::ListReader parts(*offer, ';');
      if (parts.next() != "permessage-deflate") continue;
      if (accept_offer(parts, upgrade)) return;
    }
  }
}

std::string_view first_subprotocol(const http1::RequestHead& head) {
  const auto offered = http1::find_header(head, "Sec-WebSocket-Protocol");
  if (!offered) return {};
  const auto first = http1::ListReader(*offered).next();
  return first && http1::is_token(*first) && first->size() <= subprotocol_size_max ? *first : "";
}

http1::ResponseKind refusal_of(UpgradeError error) {
  switch (error) {
    case UpgradeError::method:
      return {.status = "405 Method Not Allowed", .headers = "Allow: GET\r\n"};
    case UpgradeError::version:
      return {.status = "426 Upgrade Required",
              .headers = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"};
    case UpgradeError::origin:
    case UpgradeError::denied_network:
    case UpgradeError::denied_user_agent:
      return {.status = "403 Forbidden"};
    case UpgradeError::http_version:
    case UpgradeError::connection:
    case UpgradeError::key:
      break;
  }
  return {.status = "400 Bad Request"};
}

}  // namespace

bool wants_upgrade(const http1::RequestHead& head) {
  return http1::lists_token(head, "Upgrade", "websocket");
}

std::expected<Upgrade, UpgradeError> parse_upgrade(const http1::RequestHead& head,
                                                   bool allow_deflate) {
  if (head.method != "GET") return std::unexpected(UpgradeError::method);
  if (head.version_minor == 0) return std::unexpected(UpgradeError::http_version);
  if (!http1::lists_token(head, "Connection", "Upgrade"))
    return std::unexpected(UpgradeError::connection);
  if (http1::find_header(head, "Sec-WebSocket-Version") != "13") {
    return std::unexpected(UpgradeError::version);
  }
  const auto key = http1::find_header(head, "Sec-WebSocket-Key");
  if (!key || !is_key(*key) || count_headers(head, "Sec-WebSocket-Key") != 1) {
    return std::unexpected(UpgradeError::key);
  }
  Upgrade upgrade{.accept_key = accept_key_of(*key), .subprotocol = first_subprotocol(head)};
  if (allow_deflate) agree_on_deflate(head, upgrade);
  return upgrade;
}

std::size_t write_upgrade_response(const Upgrade& upgrade, std::span<std::byte> out) {
  DCHECK(out.size() >= upgrade_response_size_max);
  http1::TextWriter head(out.first(upgrade_response_size_max));
  head.text(
      "HTTP/1.1 101 Switching Protocols\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ");
  head.text({upgrade.accept_key.data(), upgrade.accept_key.size()});
  if (!upgrade.subprotocol.empty()) {
    head.text("\r\nSec-WebSocket-Protocol: ");
    head.text(upgrade.subprotocol);
  }
  if (upgrade.deflate_window_bits > 0) {
    head.text(
        "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover");
    if (upgrade.confirm_window_bits) {
      head.text("; server_max_window_bits=");
      head.number(upgrade.deflate_window_bits);
    }
  }
  head.text("\r\n\r\n");
  return head.size();
}

std::string_view to_string(UpgradeError error) {
  switch (error) {
    case UpgradeError::method:
      return "a WebSocket handshake uses GET";
    case UpgradeError::http_version:
      return "a WebSocket handshake uses HTTP/1.1";
    case UpgradeError::connection:
      return "the header \"Connection: Upgrade\" is missing; a reverse proxy in front of the "
             "tracker must forward it";
    case UpgradeError::key:
      return "Sec-WebSocket-Key is missing or is not 16 bytes in base64";
    case UpgradeError::version:
      return "only WebSocket version 13 is supported (Sec-WebSocket-Version)";
    case UpgradeError::origin:
      return "this origin is not allowed on this tracker";
    case UpgradeError::denied_network:
      return limits::denied_network_text;
    case UpgradeError::denied_user_agent:
      return limits::denied_client_text;
  }
  return "unknown error";
}

http1::Response write_upgrade_refusal(UpgradeError error, std::span<std::byte> out) {
  DCHECK(out.size() >= upgrade_refusal_size_max);
  http1::TextWriter body(http1::body_room(out));
  body.text(to_string(error));
  body.text(".\n");
  return http1::finish_response(out, refusal_of(error), http1::closing_framing, body.size());
}

}  // namespace gyre::ws
