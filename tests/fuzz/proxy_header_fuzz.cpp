// A PROXY header and whatever follows it. The result does not depend on how much of that has
// arrived, and every proper prefix of a header needs more.
#include <cstdint>
#include <span>

#include "common/base/check.hpp"
#include "common/net/proxy_protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gyre::net;
  const auto input = std::as_bytes(std::span(data, size));
  const ProxyHeader whole = parse_proxy_header(input);
  if (whole.status == ProxyHeaderStatus::need_more) {
    CHECK(size < proxy_header_size_max);
    return 0;
  }
  const bool complete = whole.status == ProxyHeaderStatus::complete;
  if (complete) CHECK(whole.consumed > 0 && whole.consumed <= size);
  for (std::size_t part = 0; part < size; ++part) {
    const ProxyHeader header = parse_proxy_header(input.first(part));
    if (complete && part < whole.consumed) CHECK(header.status == ProxyHeaderStatus::need_more);
    if (header.status == ProxyHeaderStatus::need_more) continue;
    CHECK(header.status == whole.status);
    CHECK(header.consumed == whole.consumed);
    CHECK(header.source == whole.source);
  }
  return 0;
}
