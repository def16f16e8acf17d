// The client's side of the opening handshake (RFC 6455 section 4.1). Between the settings and a
// connection. Pure functions over text.
//
// Every connection sends the same key, that of the RFC's example: it is no secret, it only shows
// that the server speaks WebSocket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "load-test/ws/config.hpp"

namespace gyre::load_test::ws {

// Longer heads are no answer to an upgrade.
inline constexpr std::size_t upgrade_response_size_max = 8192;

std::string upgrade_request(const Config& config);

struct UpgradeResponse {
  std::size_t size = 0;  // frames follow
  bool deflate = false;  // was agreed
};

enum class UpgradeFault : std::uint8_t { incomplete, refused };

// `deflate_offered`: else its agreement is a fault.
std::expected<UpgradeResponse, UpgradeFault> parse_upgrade_response(std::string_view input,
                                                                    bool deflate_offered);

}  // namespace gyre::load_test::ws
