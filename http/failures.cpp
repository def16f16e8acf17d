// The responses of Handler that say why a request is not served.
#include <array>

#include "http/handler.hpp"
#include "http/pages.hpp"

namespace gyre::http {

http1::Response Handler::failure(std::string_view reason, const Exchange& exchange,
                                 bool retry_never) {
  return http1::finish_response(
      exchange.out, bencoded, exchange.framing,
      write_failure_body(http1::body_room(exchange.out), reason, next_interval(),
                         options_.min_announce_interval_s, retry_never));
}

http1::Response Handler::failure(RequestError error, Family family, const Exchange& exchange) {
  metrics_.count(Counter::response_failure, family);
  switch (error) {
    case RequestError::no_info_hash:
      metrics_.count(Counter::failure_no_info_hash, family);
      return failure("no info_hash: this is the announce URL of a BitTorrent tracker", exchange);
    case RequestError::malformed_info_hash:
      break;
  }
  metrics_.count(Counter::failure_malformed_info_hash, family);
  return failure("info_hash is not 20 bytes, percent-encoded", exchange);
}

http1::Response Handler::failure(http1::AddressError error, const Exchange& exchange) {
  constexpr std::array counters = {WorkerCounter::no_client_address,
                                   WorkerCounter::no_address_header,
                                   WorkerCounter::malformed_address_header};  // by AddressError
  metrics_.count(counters[static_cast<std::size_t>(error)]);
  return failure(to_string(error), exchange);
}

http1::Response Handler::not_allowed(Family family, const Exchange& exchange) {
  metrics_.count(Counter::response_failure, family);
  metrics_.count(Counter::failure_not_allowed, family);
  if (options_.refusal_form == RefusalForm::gone) {
    return write_gone(exchange.framing, exchange.out);
  }
  // Transmission and rtorrent stop announcing when they read these words.
  return failure("unregistered torrent: not on this tracker's list", exchange,
                 options_.refusal_form == RefusalForm::retry_in_never);
}

}  // namespace gyre::http
