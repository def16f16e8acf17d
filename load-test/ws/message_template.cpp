#include "load-test/ws/message_template.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <optional>

namespace gyre::load_test::ws {
namespace {

constexpr std::string_view sync_mark("\0\0\xff\xff", 4);

// A raw deflate stream of compressed pieces and stored ones (RFC 1951, RFC 7692 section 7.2.1).
class Compressed {
 public:
  Compressed() {
    constexpr int raw_window_bits = -15;
    const int status = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw_window_bits, 8,
                                    Z_DEFAULT_STRATEGY);
    if (status != Z_OK) throw std::bad_alloc();
  }
  ~Compressed() { deflateEnd(&stream_); }
  Compressed(const Compressed&) = delete;
  Compressed& operator=(const Compressed&) = delete;

  // Ends on a byte's border.
  void compress(std::string_view text) {
    const std::size_t begin = bytes_.size();
    bytes_.resize(begin + deflateBound(&stream_, text.size()) + 16);
    stream_.next_in = bytes_of(text);
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(bytes_.data() + begin);
    stream_.avail_out = static_cast<uInt>(bytes_.size() - begin);
    CHECK(deflate(&stream_, Z_SYNC_FLUSH) == Z_OK && stream_.avail_out > 0);
    bytes_.resize(bytes_.size() - stream_.avail_out);
  }

  // Returns where its bytes begin.
  std::size_t store(std::string_view text) {
    const auto size = static_cast<unsigned>(text.size());
    constexpr char stored = 0;  // and not the last block
    bytes_ += stored;
    for (const unsigned part : {size, size >> 8, ~size, ~size >> 8}) {
      bytes_ += static_cast<char>(part & 0xff);
    }
    bytes_ += text;
    CHECK(deflateSetDictionary(&stream_, bytes_of(text), size) == Z_OK);  // the window moves on
    return bytes_.size() - text.size();
  }

  std::string_view bytes() const {
    std::string_view bytes(bytes_);
    if (bytes.ends_with(sync_mark)) bytes.remove_suffix(sync_mark.size());
    return bytes;
  }

 private:
  static Bytef* bytes_of(std::string_view text) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  }

  z_stream stream_{};
  std::string bytes_;
};

// The size of what `text` begins with: of a hole, or of what is before the next one.
std::size_t piece_size(std::string_view text) {
  const bool is_hole = text.starts_with(hole_filler);
  const std::size_t end = is_hole ? text.find_first_not_of(hole_filler) : text.find(hole_filler);
  return std::min(end, text.size());
}

}  // namespace

MessageTemplate::MessageTemplate(std::string_view text, bool deflated) {
  std::optional<Compressed> compressed;
  if (deflated) compressed.emplace();
  std::vector<std::size_t> hole_sizes;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view piece = rest.substr(0, piece_size(rest));
    if (piece.front() == hole_filler) {
      const std::size_t begin = compressed ? compressed->store(piece) : text.size() - rest.size();
      holes_.push_back(static_cast<std::uint32_t>(begin));
      hole_sizes.push_back(piece.size());
    } else if (compressed) {
      compressed->compress(piece);
    }
    rest.remove_prefix(piece.size());
  }
  const std::string_view payload = compressed ? compressed->bytes() : text;
  append_frame(frame_, gyre::ws::Opcode::text, std::as_bytes(std::span(payload)), deflated);
  const auto head_size = static_cast<std::uint32_t>(frame_.size() - payload.size());
  for (std::size_t i = 0; i < holes_.size(); ++i) {
    holes_[i] += head_size;
    fill(i, std::string(hole_sizes[i], ' '));
  }
}

void append_frame(std::vector<char>& out, gyre::ws::Opcode opcode,
                  std::span<const std::byte> payload, bool compressed) {
  const gyre::ws::FrameHeader header{
      .compressed = compressed, .opcode = opcode, .payload_size = payload.size(), .mask = mask};
  const std::size_t begin = out.size();
  out.resize(begin + gyre::ws::frame_header_size(header) + payload.size());
  const auto frame = std::as_writable_bytes(std::span(out)).subspan(begin);
  gyre::ws::apply_mask(frame.subspan(gyre::ws::write_frame_header(header, frame)), payload, mask);
}

}  // namespace gyre::load_test::ws
