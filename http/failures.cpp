// The responses of Handler that say why a request is not served.
#include <array>

#include "http/handler.hpp"
#include "http/pages.hpp"

namespace gyre::http {

http1::Response Handler::failure(std::string_view reason, const Exchange& exchange,
                                 RetryIn retry_in) {
  return http1::finish_response(exchange.out, bencoded, exchange.framing,
                                write_failure_body(http1::body_room(exchange.out), reason,
                                                   next_interval(), min_interval_s_, retry_in));
}

http1::Response Handler::failure(Counter reason, Family family, std::string_view text,
                                 const Exchange& exchange, RetryIn retry_in) {
  metrics_.count(Counter::response_failure, family);
  metrics_.count(reason, family);
  return failure(text, exchange, retry_in);
}

http1::Response Handler::failure(RequestError error, Family family, const Exchange& exchange) {
  if (error == RequestError::no_info_hash) {
    return failure(Counter::failure_no_info_hash, family,
                   "no info_hash: this is the announce URL of a BitTorrent tracker", exchange);
  }
  return failure(Counter::failure_malformed_info_hash, family,
                 "info_hash is not 20 bytes, percent-encoded", exchange);
}

http1::Response Handler::failure(http1::AddressError error, const Exchange& exchange) {
  constexpr std::array counters = {WorkerCounter::no_client_address,
                                   WorkerCounter::no_address_header,
                                   WorkerCounter::malformed_address_header};  // by AddressError
  metrics_.count(counters[static_cast<std::size_t>(error)]);
  return failure(to_string(error), exchange);
}

http1::Response Handler::refuse(Counter reason, Family family, std::string_view text,
                                const Exchange& exchange) {
  if (options_.refusal_form == RefusalForm::gone) {
    metrics_.count(Counter::response_failure, family);
    metrics_.count(reason, family);
    return write_gone(exchange.framing, exchange.out);
  }
  const bool is_never = options_.refusal_form == RefusalForm::retry_in_never;
  return failure(reason, family, text, exchange, is_never ? RetryIn::never : RetryIn::unsaid);
}

http1::Response Handler::not_allowed(Family family, const Exchange& exchange) {
  // Transmission and rtorrent stop announcing when they read these words.
  return refuse(Counter::failure_not_allowed, family,
                "unregistered torrent: not on this tracker's list", exchange);
}

http1::Response Handler::deny(Counter reason, TargetKind kind, Family family, Exchange& exchange) {
  metrics_.count(kind == TargetKind::announce ? Counter::request_announce : Counter::request_scrape,
                 family);
  exchange.framing = http1::framing_of(exchange.head, options_.keep_alive);
  return refuse(reason, family,
                reason == Counter::failure_denied_network ? limits::denied_network_text
                                                          : limits::denied_client_text,
                exchange);
}

// The connection is closed: the next one is charged as well.
http1::Response Handler::over_rate(TargetKind kind, Family family, Exchange& exchange) {
  metrics_.count(kind == TargetKind::announce ? Counter::request_announce : Counter::request_scrape,
                 family);
  exchange.framing = http1::framing_of(exchange.head, false);
  return failure(Counter::failure_over_rate, family,
                 "too many requests from this address or its network", exchange, RetryIn::minutes);
}

}  // namespace gyre::http
