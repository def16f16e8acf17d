// Compression of response bodies, piece by piece, by zlib or zstd (RFC 9110 section 8.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace gyre::http {

enum class ContentEncoding : std::uint8_t { identity, gzip, zstd };

// The best coding that an Accept-Encoding header allows; identity if it allows none of these.
ContentEncoding choose_encoding(std::string_view accepted);

// Whole header lines.
std::string_view content_encoding_header(ContentEncoding encoding);

class Compressor {
 public:
  static std::unique_ptr<Compressor> create(ContentEncoding encoding);
  virtual ~Compressor() = default;

  // Upper bound of a compressed piece, however badly it compresses.
  static constexpr std::size_t size_max(std::size_t piece_size) {
    return piece_size + piece_size / 64 + 256;
  }

  // Compresses all of `piece` to the front of `out` and returns the size; nothing is held back. The
  // last piece ends the body.
  // REQUIRES: `piece` is not empty; `out` has size_max(piece.size()) bytes.
  virtual std::size_t compress(std::span<const std::byte> piece, bool is_last,
                               std::span<std::byte> out) = 0;
};

}  // namespace gyre::http
