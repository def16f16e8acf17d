#include "ws/deflate.hpp"

#include <zlib.h>

#include <algorithm>

#include "common/base/check.hpp"

namespace gyre::ws {
namespace {

// The end of each message, which a sender removes (RFC 7692 section 7.2.1).
constexpr std::array<std::byte, 4> tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xff},
                                        std::byte{0xff}};

void set_input(z_stream& stream, std::span<const std::byte> input) {
  // zlib does not write to its input, but declares so only with ZLIB_CONST.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
}

void set_output(z_stream& stream, std::span<std::byte> output) {
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
}

// Whether the input so far ends with a block: see data_type in the documentation of inflate().
bool is_between_blocks(const z_stream& stream) {
  return (stream.data_type & 128) != 0;
}

// Inflates all of the input, unless the output is full. Other blocks may follow a last one
// (BFINAL), as if a message began there (RFC 7692 section 7.2.3.4).
bool inflate_all(z_stream& stream) {
  while (stream.avail_in > 0 && stream.avail_out > 0) {
    const int done = ::inflate(&stream, Z_SYNC_FLUSH);
    if (done == Z_STREAM_END) {
      inflateReset(&stream);
    } else if (done != Z_OK) {
      return false;
    }
  }
  return true;
}

}  // namespace

Inflater::Inflater() : stream_(std::make_unique<z_stream>()) {
  CHECK(inflateInit2(stream_.get(), -window_bits_max) == Z_OK);  // negative: raw deflate
}

Inflater::~Inflater() {
  inflateEnd(stream_.get());
}

std::expected<std::span<std::byte>, CloseCode> Inflater::inflate(std::span<const std::byte> payload,
                                                                 std::span<std::byte> out) {
  CHECK(out.size() > message_padding);
  const std::size_t size_max = out.size() - message_padding;
  inflateReset(stream_.get());
  set_output(*stream_, out.first(size_max + 1));  // if the last byte is used, it is too big
  for (const auto input : {payload, std::span<const std::byte>(tail)}) {
    set_input(*stream_, input);
    if (!inflate_all(*stream_)) return std::unexpected(CloseCode::invalid_payload);
    if (stream_->avail_out == 0) return std::unexpected(CloseCode::too_big);
  }
  if (!is_between_blocks(*stream_)) return std::unexpected(CloseCode::invalid_payload);
  return out.first(size_max + 1 - stream_->avail_out);
}

Deflater::Deflater() = default;

Deflater::~Deflater() {
  for (auto& stream : streams_) {
    if (stream) deflateEnd(stream.get());
  }
}

z_stream& Deflater::stream_of(std::uint8_t window_bits) {
  // For messages of 1.7 KB with an SDP, level 1 takes 26 us and leaves 41.3 %, level 6 31 us and
  // 40.5 %. Memory levels below 5 take up to three times as long, for their blocks are short and
  // their hashes collide; those above gain nothing, and have more to clear for each message.
  constexpr int level = 1;
  constexpr int memory_level = 5;
  CHECK(window_bits >= window_bits_min && window_bits <= window_bits_max);
  auto& stream = streams_[window_bits - window_bits_min];
  if (stream) {
    deflateReset(stream.get());
  } else {
    stream = std::make_unique<z_stream>();
    CHECK(deflateInit2(stream.get(), level, Z_DEFLATED, -window_bits, memory_level,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  }
  return *stream;
}

std::optional<std::size_t> Deflater::deflate(std::span<const std::string_view> parts,
                                             std::uint8_t window_bits, std::span<std::byte> out) {
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  if (size <= 1) return std::nullopt;
  out = out.first(std::min(out.size(), size - 1 + tail.size()));

  z_stream& stream = stream_of(window_bits);
  set_output(stream, out);
  for (const auto part : parts) {
    set_input(stream, std::as_bytes(std::span(part)));
    if (stream.avail_in > 0) ::deflate(&stream, Z_NO_FLUSH);
    if (stream.avail_out == 0) return std::nullopt;
  }
  ::deflate(&stream, Z_SYNC_FLUSH);
  if (stream.avail_out == 0) return std::nullopt;  // perhaps incomplete
  const std::size_t deflated_size = out.size() - stream.avail_out;
  CHECK(deflated_size >= tail.size());
  return deflated_size - tail.size();
}

}  // namespace gyre::ws
