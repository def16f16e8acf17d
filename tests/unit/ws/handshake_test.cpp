// Upgrades as clients send them, invalid ones, and the negotiation of permessage-deflate.
#include "ws/handshake.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/check.hpp"

namespace gyre::ws {
namespace {

struct Request {
  explicit Request(std::string request) : text(std::move(request)) {
    CHECK(parse_request_head(text, head).has_value());
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::string text;
  http1::RequestHead head;
};

// The request of RFC 6455 section 1.3, with a test's changes.
struct Parts {
  std::string request_line = "GET /announce HTTP/1.1\r\n";
  std::string upgrade = "Upgrade: websocket\r\n";
  std::string connection = "Connection: Upgrade\r\n";
  std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  std::string version = "Sec-WebSocket-Version: 13\r\n";
  std::string others = {};

  std::string text() const {
    return request_line + "Host: example.org\r\n" + upgrade + connection + key + version + others +
           "\r\n";
  }
};

std::string response_to(const std::string& request, bool allow_deflate = true) {
  const Request parsed(request);
  const auto upgrade = parse_upgrade(parsed.head, allow_deflate);
  if (!upgrade) return std::string(to_string(upgrade.error()));
  std::array<std::byte, upgrade_response_size_max> out{};
  const std::size_t size = write_upgrade_response(*upgrade, out);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string switching(std::string_view accept_key, std::string_view more = {}) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         std::string(accept_key) + "\r\n" + std::string(more) + "\r\n";
}

const std::string deflate_agreed =
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
    "client_no_context_takeover\r\n";

constexpr const char* chromium =
    "GET / HTTP/1.1\r\n"
    "Host: 127.0.0.1:18102\r\n"
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "HeadlessChrome/156.0.0.0 Safari/537.36\r\n"
    "Upgrade: websocket\r\n"
    "Origin: http://127.0.0.1:37271\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
    "Sec-WebSocket-Key: Q4v1H7/shON9F/X1GZGVnA==\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

constexpr const char* node =
    "GET /announce/abc?x=1 HTTP/1.1\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: URLOxrAnb2E0kW35OWBDGg==\r\n"
    "Connection: Upgrade\r\n"
    "Upgrade: websocket\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "Host: 127.0.0.1:18101\r\n\r\n";

TEST(Handshake, CapturedRequests) {
  // The keys were computed with openssl by the formula of RFC 6455.
  EXPECT_EQ(response_to(chromium), switching("3Ddc3BqPiJebxrePvrMGM3MIIlY=", deflate_agreed));
  EXPECT_EQ(response_to(node), switching("+JZAS6mrR+GqxPQJms65ipOk1FU=", deflate_agreed));
  EXPECT_EQ(response_to(chromium, false), switching("3Ddc3BqPiJebxrePvrMGM3MIIlY="));
  // This one is in RFC 6455 section 1.3.
  EXPECT_EQ(response_to(Parts().text()), switching("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

TEST(Handshake, RecognisesUpgrades) {
  struct Case {
    const char* name;
    Parts parts;
    std::optional<UpgradeError> error;
  };
  const std::string no_upgrade_key = "Sec-WebSocket-Key: ";
  const Case cases[] = {
      {"as in the RFC", {}, std::nullopt},
      {"other case",
       {.upgrade = "upgrade: WebSocket\r\n", .connection = "connection: upgrade\r\n"},
       std::nullopt},
      {"Firefox", {.connection = "Connection: keep-alive, Upgrade\r\n"}, std::nullopt},
      {"in two headers",
       {.connection = "Connection: keep-alive\r\nConnection: Upgrade\r\n"},
       std::nullopt},
      {"several protocols", {.upgrade = "Upgrade: h2c, websocket\r\n"}, std::nullopt},
      {"HTTP/1.2", {.request_line = "GET / HTTP/1.2\r\n"}, std::nullopt},
      {"POST", {.request_line = "POST / HTTP/1.1\r\n"}, UpgradeError::method},
      {"HEAD", {.request_line = "HEAD / HTTP/1.1\r\n"}, UpgradeError::method},
      {"HTTP/1.0", {.request_line = "GET / HTTP/1.0\r\n"}, UpgradeError::http_version},
      {"no Connection", {.connection = ""}, UpgradeError::connection},
      {"Connection: close", {.connection = "Connection: close\r\n"}, UpgradeError::connection},
      {"no version", {.version = ""}, UpgradeError::version},
      {"version 8", {.version = "Sec-WebSocket-Version: 8\r\n"}, UpgradeError::version},
      {"version 013", {.version = "Sec-WebSocket-Version: 013\r\n"}, UpgradeError::version},
      {"no key", {.key = ""}, UpgradeError::key},
      {"empty key", {.key = "Sec-WebSocket-Key:\r\n"}, UpgradeError::key},
      {"15 bytes", {.key = no_upgrade_key + "AAAAAAAAAAAAAAAAAAAA\r\n"}, UpgradeError::key},
      {"17 bytes", {.key = no_upgrade_key + "AAAAAAAAAAAAAAAAAAAAAAA=\r\n"}, UpgradeError::key},
      {"no base64", {.key = no_upgrade_key + "dGhlIHNhbXBsZSBub25j_Q==\r\n"}, UpgradeError::key},
      {"without its end",
       {.key = no_upgrade_key + "dGhlIHNhbXBsZSBub25jZQ\r\n"},
       UpgradeError::key},
      {"two keys",
       {.others = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"},
       UpgradeError::key},
  };
  for (const auto& [name, parts, error] : cases) {
    SCOPED_TRACE(name);
    const Request request(parts.text());
    EXPECT_TRUE(wants_upgrade(request.head));
    const auto upgrade = parse_upgrade(request.head, true);
    EXPECT_EQ(upgrade ? std::nullopt : std::optional(upgrade.error()), error);
  }
}

TEST(Handshake, RecognisesPages) {
  for (const char* upgrade : {"", "Upgrade: h2c\r\n", "Upgrade: websockets\r\n", "Upgrade:\r\n"}) {
    const Request request(Parts{.upgrade = upgrade}.text());
    EXPECT_FALSE(wants_upgrade(request.head)) << upgrade;
  }
}

// The result: empty, or the server's window, with a `!` if it is confirmed.
std::string agreed_on(std::string_view extensions) {
  const Request request(Parts{.others = std::string(extensions)}.text());
  const auto upgrade = parse_upgrade(request.head, true);
  CHECK(upgrade.has_value());
  if (upgrade->deflate_window_bits == 0) return "";
  return std::to_string(upgrade->deflate_window_bits) + (upgrade->confirm_window_bits ? "!" : "");
}

TEST(Handshake, Deflate) {
  struct Case {
    const char* offer;
    const char* agreed;
  };
  const Case cases[] = {
      {"permessage-deflate", "15"},
      {"permessage-deflate; client_max_window_bits", "15"},
      {"permessage-deflate;client_max_window_bits=8", "15"},
      {"permessage-deflate; client_max_window_bits=15; server_no_context_takeover", "15"},
      {"permessage-deflate; client_no_context_takeover; server_no_context_takeover", "15"},
      {"permessage-deflate; server_max_window_bits=15", "15!"},
      {"permessage-deflate; server_max_window_bits=10", "10!"},
      {"permessage-deflate; server_max_window_bits=\"10\"", "10!"},
      {"permessage-deflate; server_max_window_bits = 9", "9!"},
      // zlib has no raw deflate with 8: the offer is declined, and the next one counts.
      {"permessage-deflate; server_max_window_bits=8", ""},
      {"permessage-deflate; server_max_window_bits=8, permessage-deflate", "15"},
      {"x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=12", "12!"},
      {"permessage-deflate; server_max_window_bits=11, permessage-deflate", "11!"},
      {"", ""},
      {"permessage-bzip2", ""},
      {"permessage-deflatex", ""},
      // RFC 7692 section 7.1: unknown, malformed or repeated parameters.
      {"permessage-deflate; unknown", ""},
      {"permessage-deflate; server_max_window_bits", ""},
      {"permessage-deflate; server_max_window_bits=", ""},
      {"permessage-deflate; server_max_window_bits=16", ""},
      {"permessage-deflate; server_max_window_bits=7", ""},
      {"permessage-deflate; server_max_window_bits=010", ""},
      {"permessage-deflate; server_max_window_bits=300", ""},
      {"permessage-deflate; server_max_window_bits=1x", ""},
      {"permessage-deflate; server_max_window_bits=-9", ""},
      {"permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", ""},
      {"permessage-deflate; client_max_window_bits=", ""},
      {"permessage-deflate; client_max_window_bits=7", ""},
      {"permessage-deflate; client_max_window_bits; client_max_window_bits", ""},
      {"permessage-deflate; server_no_context_takeover=1", ""},
      {"permessage-deflate; client_no_context_takeover=true", ""},
      {"permessage-deflate; client_no_context_takeover; client_no_context_takeover", ""},
      {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", ""},
  };
  for (const auto& [offer, agreed] : cases) {
    EXPECT_EQ(agreed_on("Sec-WebSocket-Extensions: " + std::string(offer) + "\r\n"), agreed)
        << offer;
  }
  for (int bits = 9; bits <= 15; ++bits) {
    const std::string text = std::to_string(bits);
    EXPECT_EQ(agreed_on("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=" +
                        text + "\r\n"),
              text + "!");
  }
  // A list may span several headers.
  EXPECT_EQ(agreed_on("Sec-WebSocket-Extensions: other\r\n"
                      "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
            "15");
  EXPECT_EQ(response_to(Parts{.others = "Sec-WebSocket-Extensions: permessage-deflate; "
                                        "server_max_window_bits=10\r\n"}
                            .text()),
            switching("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                      deflate_agreed.substr(0, deflate_agreed.size() - 2) +
                          "; server_max_window_bits=10\r\n"));
}

TEST(Handshake, EchoesTheFirstSubprotocol) {
  struct Case {
    std::string header;
    std::string expected;
  };
  const Case cases[] = {
      {"Sec-WebSocket-Protocol: webtorrent\r\n", "webtorrent"},
      {"Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c\r\n", "a"},
      {"Sec-WebSocket-Protocol:\r\n", ""},
      {"Sec-WebSocket-Protocol: a b\r\n", ""},
      {"Sec-WebSocket-Protocol: \"a\"\r\n", ""},
      {"Sec-WebSocket-Protocol: " + std::string(64, 'x') + "\r\n", std::string(64, 'x')},
      {"Sec-WebSocket-Protocol: " + std::string(65, 'x') + "\r\n", ""},
  };
  for (const auto& [header, expected] : cases) {
    const std::string line = expected.empty() ? "" : "Sec-WebSocket-Protocol: " + expected + "\r\n";
    EXPECT_EQ(response_to(Parts{.others = header}.text()),
              switching("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", line))
        << header;
  }
}

TEST(Handshake, LongestResponseFits) {
  const std::string longest =
      "Sec-WebSocket-Protocol: " + std::string(subprotocol_size_max, 'x') +
      "\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=15\r\n";
  const std::string response = response_to(Parts{.others = longest}.text());
  EXPECT_TRUE(response.starts_with("HTTP/1.1 101 "));
  EXPECT_LE(response.size(), upgrade_response_size_max);
}

TEST(Handshake, RefusalsNameTheProblem) {
  struct Case {
    UpgradeError error;
    const char* status;
    const char* header;
  };
  const Case cases[] = {
      {UpgradeError::method, "405 Method Not Allowed", "Allow: GET\r\n"},
      {UpgradeError::http_version, "400 Bad Request", ""},
      {UpgradeError::connection, "400 Bad Request", ""},
      {UpgradeError::key, "400 Bad Request", ""},
      {UpgradeError::version, "426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n"},
      {UpgradeError::origin, "403 Forbidden", ""},
  };
  for (const auto& [error, status, header] : cases) {
    std::array<std::byte, upgrade_refusal_size_max> out{};
    const http1::Response response = write_upgrade_refusal(error, out);
    const std::string text(reinterpret_cast<const char*>(out.data()), response.size);
    EXPECT_TRUE(response.close);
    EXPECT_TRUE(text.starts_with("HTTP/1.1 " + std::string(status) + "\r\n")) << text;
    EXPECT_TRUE(text.contains(header));
    EXPECT_TRUE(text.contains("Connection: close\r\n"));
    EXPECT_TRUE(text.ends_with(std::string(to_string(error)) + ".\n"));
  }
}

}  // namespace
}  // namespace gyre::ws
