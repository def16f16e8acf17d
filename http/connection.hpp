// What the HTTP tracker keeps of one connection, beside what io::Streams keeps: few bytes while it
// waits for a request. Data of the worker, which has all the rules.
#pragma once

#include <cstdint>
#include <memory>

#include "common/io/stored_input.hpp"
#include "common/tls/session.hpp"
#include "http/full_scrape.hpp"

namespace gyre::http_tracker {

struct SecureState {
  explicit SecureState(std::shared_ptr<const tls::Context> context)
      : flight_size_max(context->flight_size_max()), session(std::move(context)) {}

  std::size_t flight_size_max;
  tls::Session session;
  io::StoredInput plaintext;  // not answered yet
};

struct Connection {
  bool awaits_proxy_header = false;
  bool has_asked = false;   // a whole request has come
  bool is_blocked = false;  // no room to answer in: what comes is kept until it is writable
  std::uint32_t seen = 0;   // bytes of the present head that were parsed in vain
  io::StoredInput input;    // as received: neither decrypted nor answered yet
  std::unique_ptr<SecureState> secure;   // of TLS
  std::unique_ptr<FullScrapeBody> body;  // of an answer that is being sent; then it is blocked
  bool closes_after_body = false;
};

}  // namespace gyre::http_tracker
