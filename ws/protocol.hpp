// Parser of the WebTorrent protocol: from JSON messages to announces, answers and scrapes. Replies
// are written by replies.hpp. Pure: no sockets, frames or clocks.
//
// Lenient: members in any order, unknown ones, any spelling of a string, missing fields that have a
// default. If a key is repeated, the last one counts. Strict where other clients read it: a message
// that is not valid JSON to its last byte is refused, since parts of it are relayed verbatim (RFC
// 8259; lone surrogates, and numbers that fit neither 64 bits nor a double, are invalid here). Ids
// are exactly 20 code points up to U+00FF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/types.hpp"
#include "ws/json_text.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

// A WebRTC offer or answer to be relayed. Views into the message or the parser.
struct Description {
  std::string_view json;           // the whole object, verbatim
  std::string_view offer_id_json;  // verbatim, quotes included; of any length
  std::string_view offer_id;       // unescaped UTF-8: equal for two spellings of one id
};

struct Announce {
  InfoHash info_hash = {};
  PeerId peer_id = {};
  AnnounceEvent event = AnnounceEvent::none;  // also for unknown events
  bool is_seeder = false;                     // `left` is the number 0
  std::optional<std::int64_t> numwant = {};   // usually the number of offers
  std::span<const Description> offers = {};   // up to offers_max; malformed ones are left out
  std::uint32_t offer_count = 0;              // including those beyond offers_max
};

// The answer to an offer of `to_peer_id`.
struct Answer {
  InfoHash info_hash = {};
  PeerId peer_id = {};
  PeerId to_peer_id = {};
  Description answer = {};
};

struct Scrape {
  bool all = false;      // there was no info_hash; otherwise those of `info_hashes`, possibly none
  bool is_list = false;  // the request had an array, not a single info_hash
  std::span<const InfoHash> info_hashes = {};
};

// The actions of messages, in requests and replies.
inline constexpr std::string_view announce_action = "announce";
inline constexpr std::string_view scrape_action = "scrape";

// The info_hash of a failure without one. It is always a string: without it bittorrent-tracker's
// client under Node.js ends with an exception, and libtorrent disconnects.
inline constexpr std::string_view no_info_hash_json = R"("")";

// Why a message is not served. Whatever is known goes into the reply.
struct Failure {
  std::string_view reason = {};  // may quote the sender: write_failure_reply() escapes it
  std::string_view action = {};  // empty: unknown
  std::optional<InfoHash> info_hash = {};
  // Without info_hash: the string in its place, verbatim, a view into the message. Never longer
  // than an info_hash can be, so that a reply is hardly longer than the message.
  std::string_view odd_info_hash_json = no_info_hash_json;
  bool not_utf8 = false;  // in a text message: Close 1007 (RFC 6455 section 8.1)
};

using Request = std::variant<Announce, Answer, Scrape, Failure>;

class MessageWalk;

// Keeps the memory of parsing across messages: one per thread.
class Parser {
 public:
  // Offers and info_hashes beyond `offers_max` and `scrape_max` are validated but left out.
  Parser(std::size_t message_size_max, std::size_t offers_max, std::size_t scrape_max);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Text need not be checked for UTF-8 before. The result is valid until the next call, and as long
  // as `message` lives.
  // REQUIRES: `message` has at most message_size_max bytes, followed by message_padding readable
  // ones.
  Request parse(std::span<const std::byte> message);

 private:
  Request request();
  Request announce() const;
  Request answer() const;
  Request scrape() const;
  Failure failure(std::string_view reason, std::string_view action) const;

  std::unique_ptr<MessageWalk> reader_;
  std::string unknown_action_;  // the reason of the last failure, if that was it
};

}  // namespace gyre::ws
