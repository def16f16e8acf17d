// The client's side of the opening handshake (RFC 6455 section 4.1). Pure functions over text.
//
// Every connection sends the same key, that of the RFC's example: it is no secret, it only shows
// that the server speaks WebSocket.
#pragma once

#include <expected>
#include <string>

#include "common/http1/response_head.hpp"
#include "load-test/statistics.hpp"
#include "load-test/ws/config.hpp"

namespace gyre::load_test::ws {

std::string upgrade_request(const Config& config);

// Whether the response to such a request has agreed to permessage-deflate. The fault is
// upgrades_refused: it is no upgrade, or agrees to deflate that was not offered or keeps its
// context from message to message.
std::expected<bool, Count> deflate_agreed(const http1::ResponseHead& response,
                                          bool deflate_offered);

}  // namespace gyre::load_test::ws
