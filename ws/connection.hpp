// What the WebSocket tracker keeps of one connection, beside what connection::Streams and transport
// keep: few bytes while it is silent. Data of the worker, which has all the rules. Its peers are in
// Swarms.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/stored_input.hpp"
#include "common/base/types.hpp"
#include "common/connection/deadline_list.hpp"
#include "common/connection/streams.hpp"
#include "common/connection/transport_connection.hpp"
#include "common/http1/request_reader.hpp"
#include "ws/handshake.hpp"
#include "ws/message_reader.hpp"
#include "ws/rate.hpp"

namespace gyre::ws {

// What goes with a connection that moves to another worker.
struct ConnectionState {
  ClientAddress address = {};  // the client's, whatever proxies are between
  std::optional<DeflateParameters> deflate = {};
  RateMeter messages = {};
  RateMeter offers = {};
  RelayCredit relay = {};     // for its offers and answers
  std::uint32_t dropped = 0;  // messages over the rate, less those that were not
};

// An announce of a torrent that another worker owns, which the connection takes along.
struct FirstAnnounce {
  std::uint32_t owner = 0;
  std::uint32_t offers_max = 0;
  std::vector<std::byte> message;  // and message_padding bytes behind it
};

// The link is in one of the worker's lists, while it is a WebSocket: of those that have not
// announced, are silent, or were pinged.
struct Connection : connection::DeadlineLink {
  connection::Stream* stream = nullptr;  // null: there is none
  std::uint32_t generation = 0;          // of this place: each connection has its own
  http1::RequestReader requests;
  bool has_asked = false;  // for a page
  bool is_websocket = false;
  bool awaits_pong = false;
  bool has_peers = false;  // here or with another worker
  bool is_pinned = false;  // it has messages of its own here or elsewhere: it moves no more
  std::uint64_t other_workers = 0;  // that may have peers of it: bit by number, modulo 64
  std::optional<connection::CloseReason> close_reason =
      {};  // once the last of `unsent`, a Close, has gone
  ConnectionState state;
  MessageReader reader;
  StoredInput unsent;                     // frames
  std::unique_ptr<FirstAnnounce> moving;  // it is on its way to another worker
};

struct MovingConnection {
  connection::Moved moved;
  ConnectionState state;
  FirstAnnounce announce;
};

}  // namespace gyre::ws
