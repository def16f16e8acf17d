// The WebTorrent protocol: from JSON messages to announces, answers and scrapes; what is sent back
// is written by replies.hpp. Between text and policy: no sockets, frames or clocks, and no verdict
// on who asks.
//
// Lenient: members in any order, unknown ones, every way of writing a string, fields that are
// missing where that has a meaning. Of a key that comes twice, the last one counts. Strict where
// others read it: every message is valid JSON to its last byte, or refused, since parts of it are
// relayed as they came (RFC 8259; lone surrogates and numbers that fit neither 64 bits nor a double
// are not valid here). Ids are exactly 20 code points up to U+00FF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "common/base/types.hpp"
#include "ws/json_text.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

// A WebRTC offer or answer, to be relayed. Views into the message, or into the parser.
struct Description {
  std::string_view json;           // the whole object, as it came
  std::string_view offer_id_json;  // as it came, quotes included; any length
  std::string_view offer_id;       // unescaped, in UTF-8: what two spellings of one id share
};

struct Announce {
  InfoHash info_hash = {};
  PeerId peer_id = {};
  AnnounceEvent event = AnnounceEvent::none;  // none as well for events that do not exist
  bool is_seeder = false;                     // `left` is the number 0
  std::optional<std::int64_t> numwant = {};   // what clients with offers say is their number
  std::span<const Description> offers = {};   // the first ones; malformed elements are left out
  std::uint32_t offer_count = 0;              // with those that offers_max has left out
};

// The answer to an offer of `to_peer_id`. It says nothing else of the peer.
struct Answer {
  InfoHash info_hash = {};
  PeerId peer_id = {};
  PeerId to_peer_id = {};
  Description answer = {};
};

struct Scrape {
  bool all = false;      // no info_hash was named; else those of `info_hashes`, which may be none
  bool is_list = false;  // and not one by itself
  std::span<const InfoHash> info_hashes = {};
};

enum class Action : std::uint8_t { announce, scrape };

// What a failure names where nobody has named an info_hash. There is always a string: without one
// bittorrent-tracker's client under Node.js ends with an exception, and libtorrent hangs up.
inline constexpr std::string_view no_info_hash_json = R"("")";

// As much as is known goes into the error reply.
struct ParseFailure {
  std::string_view reason = {};  // may hold what the sender wrote: write_error_reply() sees to it
  std::optional<Action> action = {};
  std::optional<InfoHash> info_hash = {};
  // Without one: the string in its place as it came, a view into the message. None that is longer
  // than an info_hash can be, so that a reply is hardly longer than what it answers.
  std::string_view odd_info_hash_json = no_info_hash_json;
  bool not_utf8 = false;  // of a text message: Close 1007 (RFC 6455 section 8.1)
};

using Request = std::variant<Announce, Answer, Scrape, ParseFailure>;

// Keeps the memory that parsing needs, for message after message: one for each thread.
class Parser {
 public:
  // `offers_max` and `scrape_max`: what is above is checked but left out.
  Parser(std::size_t message_size_max, std::size_t offers_max, std::size_t scrape_max);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // `message` has at most message_size_max bytes, and message_padding readable ones behind it. Text
  // need not be checked for UTF-8 before. What is returned holds until the next call, and as long
  // as the message.
  Request parse(std::span<const std::byte> message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gyre::ws
