// The first two bytes are a window and where the rest is split. It is inflated like a client's
// message: the result fits, and equals that of zlib's own inflate. Then it is deflated, and
// inflates to the same again.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "ws/deflate.hpp"

namespace {

using namespace gyre::ws;

constexpr std::size_t size_max = 1 << 16;

std::string_view to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Inflates in one go by zlib; only for payloads of one stream.
void compare_with_zlib(std::span<const std::byte> payload, std::string_view expected) {
  std::vector<std::byte> input(payload.begin(), payload.end());
  for (const unsigned byte : {0x00U, 0x00U, 0xffU, 0xffU}) {
    input.push_back(static_cast<std::byte>(byte));
  }
  z_stream stream{};
  CHECK(inflateInit2(&stream, -15) == Z_OK);
  std::vector<std::byte> out(size_max + 1);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = inflate(&stream, Z_SYNC_FLUSH);
  inflateEnd(&stream);
  if (done == Z_STREAM_END) return;
  CHECK(done == Z_OK);
  CHECK(to_text(std::span(out).first(stream.total_out)) == expected);
}

void check_inflate(Inflater& inflater, std::span<const std::byte> payload) {
  std::vector<std::byte> out(size_max + message_padding);
  const auto inflated = inflater.inflate(payload, out);
  if (!inflated) return;
  CHECK(inflated->data() == out.data() && inflated->size() <= size_max);
  compare_with_zlib(payload, to_text(*inflated));
  const std::size_t size = inflated->size();
  if (size == 0) return;
  std::vector<std::byte> too_small(size - 1 + message_padding);
  if (size == 1) return;
  CHECK(inflater.inflate(payload, too_small).error() == CloseCode::too_big);
}

void check_round_trip(Inflater& inflater, std::string_view text, std::uint8_t window_bits,
                      std::size_t cut) {
  static Deflater deflater;
  const std::size_t first = text.empty() ? 0 : cut % text.size();
  const std::array parts{text.substr(0, first), text.substr(first)};
  std::vector<std::byte> out(text.size());
  const auto size = deflater.deflate(parts, window_bits, out);
  if (!size) return;
  CHECK(*size < text.size());
  std::vector<std::byte> back(text.size() + message_padding);
  const auto inflated = inflater.inflate(std::span(out).first(*size), back);
  CHECK(inflated && to_text(*inflated) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static Inflater inflater;
  const auto window_bits = static_cast<std::uint8_t>(window_bits_min + data[0] % 7);
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(2);
  check_inflate(inflater, bytes);
  check_round_trip(inflater, to_text(bytes), window_bits, data[1]);
  // Repetitions compress.
  std::vector<std::byte> repeated;
  for (int i = 0; i < 5; ++i) repeated.insert(repeated.end(), bytes.begin(), bytes.end());
  check_round_trip(inflater, to_text(repeated), window_bits, data[1]);
  return 0;
}
