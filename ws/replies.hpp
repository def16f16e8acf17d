// Messages of the tracker in JSON, with their keys in the order of the reference tracker. Between
// policy and frames: no sockets or clocks.
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

// A message that is put together from pieces elsewhere, so that an SDP is copied only once, into
// the frame. As long as the pieces live.
class MessageParts {
 public:
  std::span<const std::string_view> parts() const { return parts_; }
  std::size_t size() const;  // of all together

  // The relayed message of `peer_id` (who offers or answers).
  static MessageParts offer(const Description& offer, const IdJson& peer_id,
                            const IdJson& info_hash);
  static MessageParts answer(const Description& answer, const IdJson& peer_id,
                             const IdJson& info_hash);

 private:
  explicit MessageParts(const std::array<std::string_view, 9>& parts) : parts_(parts) {}
  std::array<std::string_view, 9> parts_;
};

// What relaying an offer or answer sends, about.
inline std::size_t relayed_size(const Description& description) {
  constexpr std::size_t frame_size = 200;  // keys, ids, and the heads of frames and packets
  return description.json.size() + description.offer_id_json.size() + frame_size;
}

// Replies, written to the front of `out`; each returns the size.

struct AnnounceReply {
  std::uint32_t complete = 0;
  std::uint32_t incomplete = 0;
  std::uint32_t interval_s = 0;
};
// `out` has announce_reply_size_max bytes.
std::size_t write_announce_reply(const AnnounceReply& reply, const IdJson& info_hash,
                                 std::span<std::byte> out);

struct ErrorReply {
  std::string_view reason = {};  // other bytes than ASCII come out as '?'; cut if it is too long
  std::optional<Action> action = {};
  std::string_view info_hash_json = no_info_hash_json;  // a string
  std::optional<std::uint32_t> interval_s = {};         // when to come back
};
// `out` has error_reply_size_max bytes.
std::size_t write_error_reply(const ErrorReply& reply, std::span<std::byte> out);

struct ScrapeRow {
  std::uint32_t complete = 0;
  std::uint32_t incomplete = 0;
  std::uint32_t downloaded = 0;
};

// One row after the other. There is no info_hash beside `files`, as in the reference: clients know
// a reply to a scrape by its action. The span holds scrape_reply_frame_size_max bytes and
// scrape_row_size_max for each row.
class ScrapeReplyWriter {
 public:
  explicit ScrapeReplyWriter(std::span<std::byte> out);
  void row(const InfoHash& info_hash, const ScrapeRow& row);
  std::size_t finish(std::uint32_t min_request_interval_s);  // returns the size of all

 private:
  http1::TextWriter json_;
  bool has_rows_ = false;
};

}  // namespace gyre::ws
