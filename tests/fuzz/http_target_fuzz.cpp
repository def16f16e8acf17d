// The bytes are a request target. Whether it is parsed as an announce or as a scrape, the result
// has the documented properties.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "common/base/check.hpp"
#include "http/protocol.hpp"

namespace {

using namespace gyre;
using namespace gyre::http;

void check_scrape(std::string_view query) {
  std::array<InfoHash, scrape_hashes_max> hashes;
  const auto count = parse_scrape(query, hashes);
  if (!count) return;
  CHECK(*count >= 1 && *count <= hashes.size());
  const auto found = std::span(hashes).first(*count);
  CHECK(std::ranges::adjacent_find(found, std::ranges::greater_equal()) == found.end());
  // With less space the result is a prefix.
  std::array<InfoHash, 1> first;
  const auto one = parse_scrape(query, first);
  CHECK(one == std::size_t{1});
  CHECK(std::ranges::find(found, first[0]) != found.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Target target = parse_target(text);
  CHECK(target.path.size() + target.query.size() <= std::max(text.size(), std::size_t{1}));
  const auto request = parse_announce(target.query);
  std::array<InfoHash, 1> hash;
  const auto scraped = parse_scrape(target.query, hash);
  if (request) {
    CHECK(target.kind != TargetKind::page);
    CHECK(scraped == std::size_t{1});
  } else {
    CHECK(scraped || scraped.error() == request.error());
  }
  check_scrape(target.query);
  return 0;
}
