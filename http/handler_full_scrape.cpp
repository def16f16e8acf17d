// The response of Handler to a scrape of all torrents.
#include <utility>

#include "common/base/check.hpp"
#include "http/handler.hpp"

namespace gyre::http {

http1::Response Handler::full_scrape(Family family, const Exchange& exchange) {
  if (options_.full_scrapes == nullptr) {
    return failure(Counter::failure_full_scrape_off, family,
                   "no info_hash: this tracker does not allow full scrapes", exchange);
  }
  const bool wants_body = exchange.framing.with_body;  // HEAD uses none of the list's uses
  auto torrents = wants_body ? options_.full_scrapes->take() : nullptr;
  if (wants_body && torrents == nullptr) {
    return failure(Counter::failure_full_scrape_later, family,
                   "full scrapes are limited; try again later", exchange);
  }
  metrics_.count(Counter::response_full_scrape, family);
  const auto accepted = http1::find_header(exchange.head, "Accept-Encoding").value_or("");
  const ContentEncoding encoding = choose_encoding(accepted);
  const bool chunked = exchange.head.version_minor > 0;
  http1::Framing framing = exchange.framing;
  if (!chunked) framing = {.close = true, .with_body = framing.with_body};
  if (wants_body) {
    full_scrape_body_ = std::make_unique<FullScrapeBody>(std::move(torrents), encoding, chunked,
                                                         options_.min_scrape_interval_s);
  }
  http1::Response response = http1::begin_streamed_response(
      exchange.out,
      {.content_type = bencoded.content_type, .headers = content_encoding_header(encoding)},
      framing, chunked);
  response.is_served = true;
  return response;
}

std::unique_ptr<FullScrapeBody> Handler::take_body() {
  return std::move(full_scrape_body_);
}

bool Handler::is_outdated(const FullScrapeBody& body) const {
  DCHECK(options_.full_scrapes != nullptr);
  return options_.full_scrapes->is_outdated(body.torrents());
}

}  // namespace gyre::http
