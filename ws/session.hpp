// What the WebSocket tracker keeps of one connection: few bytes while it is silent. Data of the
// worker's pieces, which have all the rules. Its peers are in Swarms.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/stored_input.hpp"
#include "common/base/types.hpp"
#include "common/connection/connection.hpp"
#include "common/connection/deadline_list.hpp"
#include "common/http1/request_reader.hpp"
#include "ws/message_reader.hpp"
#include "ws/rate.hpp"

namespace gyre::ws {

struct Session;
struct WorkerMessage;
using Connection = connection::Connection<Session>;

// The link is in one of Keepalive's lists, while it is a WebSocket.
struct Session : connection::DeadlineLink {
  Connection* connection = nullptr;  // whose it is, if that is a WebSocket
  http1::RequestReader requests;
  bool has_asked = false;  // for a page
  bool awaits_pong = false;
  bool has_peers = false;  // here or with another worker
  bool is_pinned = false;  // it has messages of its own here or elsewhere: it moves no more
  std::optional<connection::CloseReason> close_reason = {};  // when a Close waits to be sent
  std::uint32_t dropped = 0;             // messages over the rate, less those that were not
  std::uint64_t other_workers = 0;       // that may have peers of it: bit by number, modulo 64
  ClientAddress address = {};            // the client's, whatever proxies are between
  std::uint8_t deflate_window_bits = 0;  // 0: no compression
  RateMeter messages = {};
  RateMeter offers = {};
  RelayCredit relay = {};  // for its offers and answers
  MessageReader reader = MessageReader();
  StoredInput unsent;  // frames
  // It is on its way to another worker, with its first announce.
  std::unique_ptr<WorkerMessage> moving;

  bool is_websocket() const { return connection != nullptr; }
};

}  // namespace gyre::ws
