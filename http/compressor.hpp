// Compression of response bodies, piece by piece, by zlib or zstd (RFC 9110 section 8.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace gyre::http {

enum class ContentEncoding : std::uint8_t { identity, gzip, zstd };

// The best coding that an Accept-Encoding header allows; identity if it allows none of these.
ContentEncoding choose_encoding(std::string_view accepted);

// Whole header lines.
std::string_view content_encoding_header(ContentEncoding encoding);

// Upper bound of a compressed piece, however badly it compresses.
constexpr std::size_t compressed_size_max(std::size_t piece_size) {
  return piece_size + piece_size / 64 + 256;
}

// compress(piece, is_last, out) compresses all of `piece` to the front of `out` and returns the
// size; nothing is held back. The last piece ends the body.
// REQUIRES: `piece` is not empty; `out` has compressed_size_max(piece.size()) bytes.
using Compressor =
    std::move_only_function<std::size_t(std::span<const std::byte>, bool, std::span<std::byte>)>;

Compressor make_compressor(ContentEncoding encoding);

}  // namespace gyre::http
