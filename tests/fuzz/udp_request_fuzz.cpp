// Whatever parses as a request is written as bytes that parse as the same request; a whole request
// is written as its original bytes.
#include <algorithm>
#include <cstdint>

#include "tests/support/bytes.hpp"
#include "udp/protocol.hpp"

namespace {

using namespace gyre::udp;
using gyre::test::Bytes;

Bytes written(const Request& request, std::size_t size_max) {
  Bytes out(size_max);
  std::size_t size = 0;
  if (const auto* connect = std::get_if<ConnectRequest>(&request)) {
    size = write_connect_request(out, *connect);
  } else if (const auto* announce = std::get_if<AnnounceRequest>(&request)) {
    has_url_data(announce->options);
    size = write_announce_request(out, *announce);
  } else {
    size = write_scrape_request(out, std::get<ScrapeRequest>(request));
  }
  out.resize(size);
  return out;
}

// Compares up to the shorter of the two. The event is the only field of an announce that may
// change, since unknown numbers are read as none; in a short announce, whole fields end at 92
// bytes.
void check_same_bytes(std::span<const std::byte> input, const Bytes& output, bool is_announce) {
  std::size_t size = std::min(input.size(), output.size());
  if (is_announce && input.size() < announce_request_size) size = announce_request_size_min;
  for (std::size_t i = 0; i < size; ++i) {
    const bool is_event = is_announce && i >= 80 && i < 84;
    CHECK(input[i] == output[i] || is_event);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gyre::test::ExactCopy input(std::as_bytes(std::span(data, size)));
  const auto request = parse_request(input.span());
  const bool is_announce = request && std::holds_alternative<AnnounceRequest>(*request);
  CHECK(requested_action(input.span()).has_value() == request.has_value());
  if (!request) return 0;
  // A short announce is written with the missing fields.
  const std::size_t size_max = std::max(size, announce_request_size);
  const Bytes output = written(*request, size_max);
  check_same_bytes(input.span(), output, is_announce);
  const auto again = parse_request(output);
  CHECK(again && again->index() == request->index());
  CHECK(written(*again, size_max) == output);
  if (const auto* scrape = std::get_if<ScrapeRequest>(&*request)) {
    for (std::size_t i = 0; i < scrape->count(); ++i) {
      CHECK(std::get<ScrapeRequest>(*again).info_hash(i) == scrape->info_hash(i));
    }
  }
  return 0;
}
