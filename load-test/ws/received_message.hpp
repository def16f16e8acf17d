// A message of a tracker: its JSON cut into the few parts that a client looks at. Views only;
// nothing is unescaped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace simdjson::dom {
class parser;
}

namespace gyre::load_test::ws {

enum class MessageKind : std::uint8_t { reply, scrape_reply, error, offer, answer };

// As they stand in the JSON, with their quotes but for the SDP; empty where there is none.
struct ReceivedMessage {
  MessageKind kind = MessageKind::reply;
  std::string_view info_hash;
  std::string_view peer_id;
  std::string_view offer_id;
  std::string_view sdp;  // without its quotes
};

// By a quick walk over JSON without blanks, whatever the order of its keys; ids are found as they
// are spelled. Nothing if it is not JSON, not in that form, or no message of a tracker.
std::optional<ReceivedMessage> parse_compact(std::string_view json);

// Brings JSON into the one form that JSON.stringify gives it: without blanks, each string in its
// shortest spelling, members in their order. For what a tracker writes in another way. `json` has
// gyre::ws::message_padding readable bytes behind it.
class Canonicalizer {
 public:
  Canonicalizer();
  ~Canonicalizer();
  Canonicalizer(const Canonicalizer&) = delete;
  Canonicalizer& operator=(const Canonicalizer&) = delete;

  // Valid until the next call. Nothing if it is not JSON, or nested deeper than any message.
  std::optional<std::string_view> canonical(std::span<const std::byte> json);

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;
  std::string text_;
};

}  // namespace gyre::load_test::ws
