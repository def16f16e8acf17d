#include "ws/message_walk.hpp"

#include <algorithm>
#include <limits>

#include "common/base/check.hpp"

namespace gyre::ws {
namespace {

static_assert(message_padding >= simdjson::SIMDJSON_PADDING);

AnnounceEvent event_named(std::string_view name) {
  if (name == "started") return AnnounceEvent::started;
  if (name == "completed") return AnnounceEvent::completed;
  if (name == "stopped") return AnnounceEvent::stopped;
  if (name == "paused") return AnnounceEvent::paused;
  return AnnounceEvent::none;
}

std::int64_t clamped(const simdjson::ondemand::number& number) {
  if (number.is_int64()) return number.get_int64();
  if (number.is_uint64()) return std::numeric_limits<std::int64_t>::max();
  constexpr double limit = 1e18;
  return static_cast<std::int64_t>(std::clamp(number.get_double(), -limit, limit));
}

}  // namespace

MessageWalk::MessageWalk(std::size_t message_size_max, std::size_t offers_max,
                         std::size_t scrape_max)
    : parser_(message_size_max), offers_max_(offers_max), scrape_max_(scrape_max) {
  CHECK(parser_.allocate(message_size_max, json_depth_max) == simdjson::SUCCESS);
  offers_.reserve(offers_max_);
  info_hashes_.reserve(scrape_max_);
}

template <class Id>
bool MessageWalk::take_id(Value& json, std::optional<Id>& id) {
  const auto inner = string_in(json);
  if (inner && decode_id(*inner, id.emplace().bytes)) return true;
  id.reset();
  return check(json);
}

bool MessageWalk::take_info_hashes(Value& json) {
  const std::string_view token = token_of(json);
  info_hashes_.clear();
  fields_.info_hash.reset();
  fields_.has_info_hash = token != "null";
  fields_.has_valid_list = is_array(json);
  fields_.odd_info_hash_json = no_info_hash_json;
  if (fields_.has_valid_list) {
    return for_elements(json, [this](Value& element) {
      std::optional<InfoHash> hash;
      if (!take_id(element, hash)) return false;
      if (!hash) fields_.has_valid_list = false;
      if (hash && info_hashes_.size() < scrape_max_) info_hashes_.push_back(*hash);
      return true;
    });
  }
  if (!take_id(json, fields_.info_hash)) return false;
  const bool is_string = token.starts_with('"') && token.size() <= id_json_size_max;
  if (is_string && !fields_.info_hash) fields_.odd_info_hash_json = token;
  return true;
}

bool MessageWalk::take_action(Value& json) {
  const auto name = string_in(json);
  fields_.action_is_string = name.has_value();
  fields_.action = name ? *name : token_of(json);
  return check(json);
}

bool MessageWalk::take_event(Value& json) {
  fields_.event = event_named(string_in(json).value_or(""));
  return check(json);
}

// The text of an object; empty for other values.
bool MessageWalk::take_object_text(Value& json, std::string_view& text) {
  text = {};
  const bool has_text = is_object(json);
  const char* const begin = json.raw_json_token().data();
  if (!check(json)) return false;
  const char* next = nullptr;  // the start of the next token
  if (document_.current_location().get(next)) return false;
  if (has_text) text = without_blanks_behind({begin, next});
  return true;
}

bool MessageWalk::take_offer_id(Value& json, Description& of) {
  of.offer_id_json = of.offer_id = {};
  const auto inner = string_in(json);
  if (!inner) return check(json);
  if (!has_valid_escapes(*inner)) return false;
  of.offer_id_json = token_of(json);
  of.offer_id = *inner;
  return !inner->contains('\\') || !json.get_string().get(of.offer_id);
}

bool MessageWalk::take_answer(Value& json) {
  fields_.has_answer = token_of(json) != "null";
  return take_object_text(json, fields_.answer.json);
}

bool MessageWalk::take_offer(Value& json) {
  Description offer;
  const bool valid = for_members(json, [&](std::string_view key, Value& member) {
    if (key == "offer") return take_object_text(member, offer.json);
    if (key == "offer_id") return take_offer_id(member, offer);
    return check(member);
  });
  const bool is_whole = !offer.json.empty() && !offer.offer_id_json.empty();
  if (is_whole) {
    ++offer_count_;
    if (offers_.size() < offers_max_) offers_.push_back(offer);
  }
  return valid;
}

bool MessageWalk::take_offers(Value& json) {
  offers_.clear();
  offer_count_ = 0;
  if (!is_array(json)) return check(json);
  return for_elements(json, [this](Value& element) {
    return is_object(element) ? take_offer(element) : check(element);
  });
}

bool MessageWalk::take_member(std::string_view key, Value& json) {
  std::optional<simdjson::ondemand::number> number;
  if (key == "action") return take_action(json);
  if (key == "info_hash") return take_info_hashes(json);
  if (key == "peer_id") return take_id(json, fields_.peer_id);
  if (key == "to_peer_id") return take_id(json, fields_.to_peer_id);
  if (key == "event") return take_event(json);
  if (key == "offers") return take_offers(json);
  if (key == "answer") return take_answer(json);
  if (key == "offer_id") return take_offer_id(json, fields_.answer);
  if (key == "left") {
    if (!take_number(json, number)) return false;
    fields_.is_seeder = number && number->as_double() == 0;
    return true;
  }
  if (key == "numwant") {
    if (!take_number(json, number)) return false;
    fields_.numwant = number.transform(clamped);
    return true;
  }
  return check(json);
}

std::string_view MessageWalk::read(std::span<const std::byte> message) {
  constexpr std::string_view not_json = "the message is not valid JSON";
  fields_ = {};
  offers_.clear();
  offer_count_ = 0;
  info_hashes_.clear();
  begin();
  const auto* text = reinterpret_cast<const char*>(message.data());
  if (parser_.iterate(text, message.size(), message.size() + message_padding).get(document_)) {
    return not_json;
  }
  simdjson::ondemand::object object;
  const auto error = document_.get_object().get(object);
  if (error == simdjson::INCORRECT_TYPE) return "the message is not a JSON object";
  const auto take = [this](std::string_view key, Value& json) { return take_member(key, json); };
  if (error || !for_members(object, take)) {
    return is_too_deep()            ? "the message is nested too deeply"
           : has_too_many_members() ? "the message has too many members"
                                    : not_json;
  }
  DCHECK(offers_.size() <= offer_count_ && offers_.size() <= offers_max_);
  const bool is_at_end = document_.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return is_at_end ? std::string_view() : not_json;
}

}  // namespace gyre::ws
