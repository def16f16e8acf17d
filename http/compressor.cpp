#include "http/compressor.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "common/base/check.hpp"
#include "common/http1/list.hpp"
#include "common/http1/request_head.hpp"

namespace gyre::http {
namespace {

// The fastest levels: half of a full scrape is info_hashes, which do not compress.
constexpr int gzip_level = 1;
constexpr int zstd_level = 1;

class Plain final : public Compressor {
 public:
  std::size_t compress(std::span<const std::byte> piece, bool, std::span<std::byte> out) override {
    DCHECK(piece.size() <= out.size());
    std::ranges::copy(piece, out.begin());
    return piece.size();
  }
};

class Gzip final : public Compressor {
 public:
  Gzip() {
    constexpr int window_bits = 15 + 16;  // 16: the format of gzip, not of zlib
    constexpr int memory_level = 8;
    const int made = deflateInit2(&stream_, gzip_level, Z_DEFLATED, window_bits, memory_level,
                                  Z_DEFAULT_STRATEGY);
    CHECK(made == Z_OK);
  }
  ~Gzip() override { deflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  std::size_t compress(std::span<const std::byte> piece, bool is_last,
                       std::span<std::byte> out) override {
    // zlib does not write to its input, but declares so only with ZLIB_CONST.
    DCHECK(!piece.empty() && out.size() >= size_max(piece.size()));
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int done = deflate(&stream_, is_last ? Z_FINISH : Z_SYNC_FLUSH);
    CHECK(done == (is_last ? Z_STREAM_END : Z_OK) && stream_.avail_in == 0);
    return out.size() - stream_.avail_out;
  }

 private:
  z_stream stream_{};
};

class Zstd final : public Compressor {
 public:
  Zstd() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
    CHECK(context_ != nullptr);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, zstd_level);
  }

  std::size_t compress(std::span<const std::byte> piece, bool is_last,
                       std::span<std::byte> out) override {
    DCHECK(!piece.empty() && out.size() >= size_max(piece.size()));
    ZSTD_inBuffer input{piece.data(), piece.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t left =
        ZSTD_compressStream2(context_.get(), &output, &input, is_last ? ZSTD_e_end : ZSTD_e_flush);
    CHECK(left == 0 && input.pos == input.size);
    return output.pos;
  }

 private:
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context_;
};

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

std::unique_ptr<Compressor> Compressor::create(ContentEncoding encoding) {
  switch (encoding) {
    case ContentEncoding::identity:
      return std::make_unique<Plain>();
    case ContentEncoding::gzip:
      return std::make_unique<Gzip>();
    case ContentEncoding::zstd:
      break;
  }
  return std::make_unique<Zstd>();
}

}  // namespace gyre::http
