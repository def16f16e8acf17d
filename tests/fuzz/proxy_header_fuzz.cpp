// A PROXY header and whatever follows it. The result does not depend on how much of that has
// arrived, and every proper prefix of a header needs more.
#include <cstdint>
#include <span>

#include "common/base/check.hpp"
#include "common/net/proxy_protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gyre::net;
  const auto input = std::as_bytes(std::span(data, size));
  const auto whole = parse_proxy_header(input);
  if (whole && whole->size == 0) {
    CHECK(size < proxy_header_size_max);
    return 0;
  }
  if (whole) CHECK(whole->size <= size);
  for (std::size_t part = 0; part < size; ++part) {
    const auto header = parse_proxy_header(input.first(part));
    if (whole && part < whole->size) CHECK(header && header->size == 0);
    if (header && header->size == 0) continue;
    CHECK(header.has_value() == whole.has_value());
    if (!header) continue;
    CHECK(header->size == whole->size);
    CHECK(header->source == whole->source);
  }
  return 0;
}
