// Writers of the tracker's JSON messages, with keys in the order of the reference tracker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/types.hpp"
#include "common/http1/text_writer.hpp"
#include "ws/json_text.hpp"
#include "ws/limits.hpp"
#include "ws/protocol.hpp"

namespace gyre::ws {

// A message as a list of pieces, so that an SDP is copied only once, into the frame. Valid as long
// as the pieces live.
class MessageParts {
 public:
  std::span<const std::string_view> parts() const { return parts_; }
  std::size_t size() const;  // in bytes

  // The message that relays an offer or answer of `peer_id`.
  static MessageParts offer(const Description& offer, const IdJson& peer_id,
                            const IdJson& info_hash);
  static MessageParts answer(const Description& answer, const IdJson& peer_id,
                             const IdJson& info_hash);

 private:
  explicit MessageParts(const std::array<std::string_view, 9>& parts) : parts_(parts) {}
  std::array<std::string_view, 9> parts_;
};

// The approximate bytes that relaying an offer or answer sends.
inline std::size_t relayed_size(const Description& description) {
  constexpr std::size_t frame_size = 200;  // keys, ids, headers of frames and packets
  return description.json.size() + description.offer_id_json.size() + frame_size;
}

// Replies are written to the front of `out`; each function returns the size.

struct AnnounceReply {
  std::uint32_t complete = 0;
  std::uint32_t incomplete = 0;
  std::uint32_t interval_s = 0;
};
// REQUIRES: `out` has announce_reply_size_max bytes.
std::size_t write_announce_reply(const AnnounceReply& reply, const IdJson& info_hash,
                                 std::span<std::byte> out);

struct ErrorReply {
  std::string_view reason = {};  // non-ASCII bytes become '?'; truncated if it is too long
  std::optional<Action> action = {};
  std::string_view info_hash_json = no_info_hash_json;  // a JSON string
  std::optional<std::uint32_t> interval_s = {};         // until the client may retry
};
// REQUIRES: `out` has error_reply_size_max bytes.
std::size_t write_error_reply(const ErrorReply& reply, std::span<std::byte> out);

struct ScrapeRow {
  std::uint32_t complete = 0;
  std::uint32_t incomplete = 0;
  std::uint32_t downloaded = 0;
};

// Writes a scrape reply row by row. Like the reference, it has no info_hash besides `files`:
// clients recognise a scrape by its action.
// REQUIRES: `out` has scrape_reply_frame_size_max bytes plus scrape_row_size_max for each row.
class ScrapeReplyWriter {
 public:
  explicit ScrapeReplyWriter(std::span<std::byte> out);
  void row(const InfoHash& info_hash, const ScrapeRow& row);
  std::size_t finish(std::uint32_t min_request_interval_s);  // returns the total size

 private:
  http1::TextWriter json_;
  bool has_rows_ = false;
};

}  // namespace gyre::ws
