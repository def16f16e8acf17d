// What transport keeps of one connection, beside what io::Streams keeps: few bytes while it waits.
// Data of Transport, which has all the rules.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "common/io/stored_input.hpp"
#include "common/io/streams.hpp"
#include "common/tls/session.hpp"

namespace gyre::transport {

struct SecureState {
  explicit SecureState(std::shared_ptr<const tls::Context> context)
      : flight_size_max(context->flight_size_max()), session(std::move(context)) {}

  std::size_t flight_size_max;
  tls::Session session;
  io::StoredInput plaintext;      // not taken yet
  std::vector<std::byte> unsent;  // records of TLS itself, to be sent before any others
};

struct Connection {
  bool awaits_proxy_header = false;
  bool is_blocked = false;  // what comes is kept until it is writable
  bool is_detaching = false;
  io::StoredInput input;                // as received: neither decrypted nor taken yet
  std::unique_ptr<SecureState> secure;  // of TLS
};

// A connection on its way from one worker to another, with all that belongs to it. No budget of
// either worker has its memory: it is little, and on its way for a moment.
struct Moved {
  io::MovedStream stream;
  std::unique_ptr<SecureState> secure;
  std::vector<std::byte> input;
  std::vector<std::byte> plaintext;
};

}  // namespace gyre::transport
