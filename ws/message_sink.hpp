// How the handler reaches clients, wherever their connections are.
#pragma once

#include <span>
#include <string_view>

#include "ws/connection_ref.hpp"
#include "ws/counters.hpp"

namespace gyre::ws {

// The pieces of one message, in their order.
using Parts = std::span<const std::string_view>;

class MessageSink {
 public:
  MessageSink() = default;
  MessageSink(const MessageSink&) = delete;
  MessageSink& operator=(const MessageSink&) = delete;
  virtual ~MessageSink() = default;

  // `kind`: what it is counted as, once sent. What the parts point to is the caller's again when it
  // returns. A message may be lost when its connection has gone, or its client does not read.
  virtual void send(const ConnectionRef& to, WorkerCounter kind, Parts parts) = 0;
  // Finds out soon whether the client of that connection is still there.
  virtual void probe(const ConnectionRef& connection) = 0;
};

}  // namespace gyre::ws
