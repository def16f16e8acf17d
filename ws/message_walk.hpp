// Reads the known members of one JSON message, whatever its action turns out to be. Private to
// Parser, which makes requests of them.
//
// Views are into the message, or the reader, and hold until the next message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/types.hpp"
#include "ws/json_walk.hpp"
#include "ws/protocol.hpp"

namespace gyre::ws {

struct Fields {
  std::string_view action = "undefined";  // a string without its quotes, or another value's JSON
  bool action_is_string = false;
  bool has_info_hash = false;              // of any type except null
  std::optional<InfoHash> info_hash = {};  // if it is a valid one by itself
  bool has_valid_list = false;             // of info_hashes
  std::string_view odd_info_hash_json = no_info_hash_json;
  std::optional<PeerId> peer_id = {};  // these two: if they are valid
  std::optional<PeerId> to_peer_id = {};
  AnnounceEvent event = AnnounceEvent::none;
  bool is_seeder = false;
  std::optional<std::int64_t> numwant = {};
  bool has_answer = false;  // of any type except null
  Description answer = {};
};

// Functions that take a value validate all of it, and return false if it is not valid JSON.
class MessageWalk : private JsonWalk {
 public:
  MessageWalk(std::size_t message_size_max, std::size_t offers_max, std::size_t scrape_max);

  // Reads a message. The result is empty, or says what is wrong with its JSON; then what was read
  // before that place stands.
  std::string_view read(std::span<const std::byte> message);

  // What was wrong was its depth or its number of members: it may be valid JSON.
  bool is_over_limits() const { return is_too_deep() || has_too_many_members(); }

  const Fields& fields() const { return fields_; }
  std::span<const Description> offers() const { return offers_; }
  std::uint32_t offer_count() const { return offer_count_; }  // including those beyond offers_max
  std::span<const InfoHash> info_hashes() const { return info_hashes_; }  // of a list

 private:
  bool take_member(std::string_view key, Value& json);
  bool take_info_hashes(Value& json);
  bool take_action(Value& json);
  bool take_event(Value& json);
  bool take_answer(Value& json);
  bool take_offers(Value& json);
  bool take_offer(Value& json);
  bool take_offer_id(Value& json, Description& of);
  bool take_object_text(Value& json, std::string_view& text);
  template <class Id>
  bool take_id(Value& json, std::optional<Id>& id);

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  std::size_t offers_max_;
  std::size_t scrape_max_;
  Fields fields_;
  std::vector<Description> offers_;
  std::uint32_t offer_count_ = 0;
  std::vector<InfoHash> info_hashes_;
};

}  // namespace gyre::ws
