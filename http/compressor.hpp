// Compresses a response body piece by piece, as its client asked for it (RFC 9110 section 8.4).
// Between bodies and zlib or zstd, which only this room includes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace gyre::http {

enum class ContentEncoding : std::uint8_t { identity, gzip, zstd };

// The best of those that an Accept-Encoding header names; identity if it names none of ours.
ContentEncoding choose_encoding(std::string_view accepted);

// Whole lines for the head of a response.
std::string_view content_encoding_header(ContentEncoding encoding);

class Compressor {
 public:
  static std::unique_ptr<Compressor> create(ContentEncoding encoding);
  virtual ~Compressor() = default;

  // What a piece of that size may take when it is compressed badly.
  static constexpr std::size_t size_max(std::size_t piece_size) {
    return piece_size + piece_size / 64 + 256;
  }

  // Writes all of `piece`, which is not empty, to the front of `out` (size_max() bytes), nothing of
  // it is held back. Returns the size. The last piece ends the body.
  virtual std::size_t compress(std::span<const std::byte> piece, bool is_last,
                               std::span<std::byte> out) = 0;
};

}  // namespace gyre::http
