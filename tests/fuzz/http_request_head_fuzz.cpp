// The first byte chooses the size of the pieces in which the rest arrives. However the input is
// split, the result is that of the whole, and every view lies inside it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/base/check.hpp"
#include "common/http1/request_head.hpp"

namespace {

using namespace gyre::http1;

HeadSize feed(std::span<const char> input, std::size_t piece_size, RequestHead& head) {
  HeadSize result = incomplete_head;
  std::size_t seen = 0;
  while (result == incomplete_head && seen < input.size()) {
    const std::size_t size = std::min(input.size(), seen + piece_size);
    result = parse_request_head(input.first(size), head, seen);
    seen = size;
  }
  return result;
}

void check_inside(std::span<const char> input, std::string_view view) {
  CHECK(view.empty() || view.data() >= input.data());
  CHECK(view.empty() || view.data() + view.size() <= input.data() + input.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span input(reinterpret_cast<const char*>(data + 1), size - 1);
  RequestHead whole_head;
  RequestHead pieces_head;
  const HeadSize whole = parse_request_head(input, whole_head);
  const HeadSize pieces = feed(input, data[0] + std::size_t{1}, pieces_head);
  CHECK(whole == pieces);
  if (!whole) return 0;
  CHECK(whole_head.target == pieces_head.target);
  CHECK(whole_head.header_count == pieces_head.header_count);
  check_inside(input, whole_head.method);
  check_inside(input, whole_head.target);
  for (const Header& header : whole_head.headers()) {
    check_inside(input, header.name);
    check_inside(input, header.value);
    CHECK(find_header(whole_head, header.name).has_value());
  }
  return 0;
}
