#include "http/compressor.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/check.hpp"
#include "common/http1/list.hpp"
#include "common/http1/request_head.hpp"

namespace gyre::http {
namespace {

// The fastest levels: half of a full scrape is info_hashes, which do not compress.
constexpr int gzip_level = 1;
constexpr int zstd_level = 1;

std::size_t copy_piece(std::span<const std::byte> piece, bool, std::span<std::byte> out) {
  DCHECK(piece.size() <= out.size());
  std::ranges::copy(piece, out.begin());
  return piece.size();
}

std::size_t gzip_piece(z_stream& stream, std::span<const std::byte> piece, bool is_last,
                       std::span<std::byte> out) {
  DCHECK(!piece.empty() && out.size() >= compressed_size_max(piece.size()));
  // zlib does not write to its input, but declares so only with ZLIB_CONST.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(piece.data()));
  stream.avail_in = static_cast<uInt>(piece.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&stream, is_last ? Z_FINISH : Z_SYNC_FLUSH);
  CHECK(done == (is_last ? Z_STREAM_END : Z_OK) && stream.avail_in == 0);
  return out.size() - stream.avail_out;
}

Compressor make_gzip() {
  constexpr int window_bits = 15 + 16;  // 16: the format of gzip, not of zlib
  constexpr int memory_level = 8;
  const auto end = [](z_stream* stream) {
    deflateEnd(stream);
    delete stream;
  };
  std::unique_ptr<z_stream, decltype(end)> stream(new z_stream{}, end);
  const int made = deflateInit2(stream.get(), gzip_level, Z_DEFLATED, window_bits, memory_level,
                                Z_DEFAULT_STRATEGY);
  CHECK(made == Z_OK);
  return [stream = std::move(stream)](auto piece, bool is_last, auto out) {
    return gzip_piece(*stream, piece, is_last, out);
  };
}

std::size_t zstd_piece(ZSTD_CCtx* context, std::span<const std::byte> piece, bool is_last,
                       std::span<std::byte> out) {
  DCHECK(!piece.empty() && out.size() >= compressed_size_max(piece.size()));
  ZSTD_inBuffer input{piece.data(), piece.size(), 0};
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  const std::size_t left =
      ZSTD_compressStream2(context, &output, &input, is_last ? ZSTD_e_end : ZSTD_e_flush);
  CHECK(left == 0 && input.pos == input.size);
  return output.pos;
}

Compressor make_zstd() {
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                  &ZSTD_freeCCtx);
  CHECK(context != nullptr);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, zstd_level);
  return [context = std::move(context)](auto piece, bool is_last, auto out) {
    return zstd_piece(context.get(), piece, is_last, out);
  };
}

// Whether an element such as "gzip" or "gzip;q=0.5" names `coding`, and not with "q=0".
bool allows(std::string_view element, std::string_view coding) {
  http1::ListReader parts(element, ';');
  const auto name = parts.next();
  if (!name || !http1::equals_ignoring_case(*name, coding)) return false;
  const auto weight = parts.next();
  return !weight || !(weight->starts_with("q=0") || weight->starts_with("Q=0")) ||
         weight->find_first_of("123456789") != std::string_view::npos;
}

}  // namespace

ContentEncoding choose_encoding(std::string_view accepted) {
  ContentEncoding best = ContentEncoding::identity;
  http1::ListReader elements(accepted);
  while (const auto element = elements.next()) {
    if (allows(*element, "zstd")) return ContentEncoding::zstd;
    if (allows(*element, "gzip")) best = ContentEncoding::gzip;
  }
  return best;
}

std::string_view content_encoding_header(ContentEncoding encoding) {
  switch (encoding) {
    case ContentEncoding::identity:
      return "Vary: Accept-Encoding\r\n";
    case ContentEncoding::gzip:
      return "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n";
    case ContentEncoding::zstd:
      break;
  }
  return "Content-Encoding: zstd\r\nVary: Accept-Encoding\r\n";
}

Compressor make_compressor(ContentEncoding encoding) {
  switch (encoding) {
    case ContentEncoding::identity:
      return copy_piece;
    case ContentEncoding::gzip:
      return make_gzip();
    case ContentEncoding::zstd:
      break;
  }
  return make_zstd();
}

}  // namespace gyre::http
