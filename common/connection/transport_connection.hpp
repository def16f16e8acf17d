// What transport keeps of one connection, beside what Streams keeps: few bytes while it waits.
// Data of Transport, which has all the rules.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "common/base/stored_input.hpp"
#include "common/connection/streams.hpp"
#include "common/limits/eviction_queue.hpp"
#include "common/limits/fair_turns.hpp"
#include "common/tls/session.hpp"

namespace gyre::connection {

// In the queue of handshakes while its own is under way.
struct SecureState : limits::EvictionQueue::Member {
  explicit SecureState(std::shared_ptr<const tls::Context> context)
      : flight_size_max(context->flight_size_max()), session(std::move(context)) {}

  Stream* stream = nullptr;
  std::size_t flight_size_max;
  std::size_t unfinished_size = 0;  // of the record that is under way, taken from the budget
  tls::Session session;
  StoredInput plaintext;          // not taken yet
  std::vector<std::byte> unsent;  // records of TLS itself, to be sent before any others
};

// In line while it has more to be done than fits into its share of a turn.
struct Connection : limits::FairTurns::Turn {
  Stream* stream = nullptr;
  bool awaits_proxy_header = false;
  bool is_blocked = false;  // what comes is kept until it is writable
  bool is_detaching = false;
  StoredInput input;                    // as received: neither decrypted nor taken yet
  std::unique_ptr<SecureState> secure;  // of TLS

  // What comes is kept for now, or dropped with the connection.
  bool is_held() const { return is_blocked || is_waiting || !stream->open; }
  std::size_t kept_size() const {
    return input.size() + (secure ? secure->plaintext.size() : std::size_t{0});
  }
};

// A connection on its way from one worker to another, with all that belongs to it. No budget of
// either worker has its memory: it is little, and on its way for a moment.
struct Moved {
  MovedStream stream;
  std::unique_ptr<SecureState> secure;
  std::vector<std::byte> input;
  std::vector<std::byte> plaintext;
};

}  // namespace gyre::connection
