// Walks one message and keeps the members that mean something, whatever its action turns out to be.
// Which request they make is the Parser's business; nobody else includes this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ws/json_walk.hpp"
#include "ws/protocol.hpp"

namespace gyre::ws {

enum class InfoHashes : std::uint8_t { absent, one, list, malformed };

// The known members of a message, whatever its action turns out to be.
struct Fields {
  std::string_view action = "undefined";  // a string without its quotes, or another value's JSON
  bool action_is_string = false;
  InfoHashes info_hashes = InfoHashes::absent;
  InfoHash info_hash = {};
  std::string_view odd_info_hash_json = no_info_hash_json;
  std::optional<PeerId> peer_id = {};     // nothing: it is none
  std::optional<PeerId> to_peer_id = {};  // likewise
  AnnounceEvent event = AnnounceEvent::none;
  bool is_seeder = false;
  std::optional<std::int64_t> numwant = {};
  bool has_answer = false;  // of any type except null
  Description answer = {};
};

class MessageWalk : private JsonWalk {
 public:
  enum class Verdict : std::uint8_t {
    valid,
    invalid_json,
    too_deep,
    too_many_members,
    not_an_object
  };

  MessageWalk(std::size_t message_size_max, std::size_t offers_max, std::size_t scrape_max);

  // Of valid messages, what follows holds until the next call; of others, what had been read.
  Verdict walk(std::span<const std::byte> message);

  const Fields& fields() const { return fields_; }
  std::span<const Description> offers() const { return offers_; }  // the first ones
  std::uint32_t offer_count() const { return offer_count_; }       // including those left out
  std::span<const InfoHash> info_hashes() const { return info_hashes_; }  // of a list

 private:
  // Each takes a value, validates all of it, and returns false if it is not valid JSON.
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
