#include "ws/protocol.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "ws/json_walk.hpp"

namespace gyre::ws {
namespace {

using simdjson::ondemand::value;

static_assert(message_padding >= simdjson::SIMDJSON_PADDING);

template <class Id>
struct IdField {
  bool is_valid = false;
  Id id = {};
};

enum class InfoHashes : std::uint8_t { absent, one, list, malformed };

// The known members of a message, whatever its action turns out to be.
struct Fields {
  std::string_view action = "undefined";  // a string without its quotes, or another value's JSON
  bool action_is_string = false;
  InfoHashes info_hashes = InfoHashes::absent;
  InfoHash info_hash = {};
  std::string_view odd_info_hash_json = no_info_hash_json;
  IdField<PeerId> peer_id = {};
  IdField<PeerId> to_peer_id = {};
  AnnounceEvent event = AnnounceEvent::none;
  bool is_seeder = false;
  std::optional<std::int64_t> numwant = {};
  bool has_answer = false;  // of any type except null
  Description answer = {};
};

enum class Verdict : std::uint8_t {
  valid,
  invalid_json,
  too_deep,
  too_many_members,
  not_an_object
};

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

// Walks one message. Functions that take a value validate all of it, and return false if it is not
// valid JSON.
struct Parser::State : private JsonWalk {
  State(std::size_t message_size_max, std::size_t offer_count_max, std::size_t scrape_count_max)
      : parser(message_size_max), offers_max(offer_count_max), scrape_max(scrape_count_max) {
    CHECK(parser.allocate(message_size_max, json_depth_max) == simdjson::SUCCESS);
    offers.reserve(offers_max);
    info_hashes.reserve(scrape_max);
  }

  Verdict walk(std::span<const std::byte> message);
  bool take_member(std::string_view key, value& json);
  bool take_info_hashes(value& json);
  bool take_action(value& json);
  bool take_event(value& json);
  bool take_answer(value& json);
  bool take_offers(value& json);
  bool take_offer(value& json);
  bool take_offer_id(value& json, Description& of);
  bool take_object_text(value& json, std::string_view& text);
  template <class Id>
  bool take_id(value& json, IdField<Id>& field);
  Request request();
  Request announce() const;
  Request answer() const;
  Request scrape();
  ParseFailure failure(std::string_view why, std::optional<Action> action) const;
  std::string_view unknown_action();

  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  std::size_t offers_max;
  std::size_t scrape_max;
  Fields fields;
  std::vector<Description> offers;
  std::uint32_t offer_count = 0;  // including those beyond offers_max
  std::vector<InfoHash> info_hashes;
  std::string reason;
};

template <class Id>
bool Parser::State::take_id(value& json, IdField<Id>& field) {
  const auto inner = string_in(json);
  field.is_valid = inner && decode_id(*inner, field.id.bytes);
  return field.is_valid || check(json);
}

bool Parser::State::take_info_hashes(value& json) {
  info_hashes.clear();
  fields.odd_info_hash_json = no_info_hash_json;
  IdField<InfoHash> hash;
  if (is_array(json)) {
    fields.info_hashes = InfoHashes::list;
    return for_elements(json, [&](value& element) {
      if (!take_id(element, hash)) return false;
      if (!hash.is_valid) fields.info_hashes = InfoHashes::malformed;
      if (hash.is_valid && info_hashes.size() < scrape_max) info_hashes.push_back(hash.id);
      return true;
    });
  }
  const std::string_view token = token_of(json);
  if (!take_id(json, hash)) return false;
  fields.info_hash = hash.id;
  fields.info_hashes = hash.is_valid ? InfoHashes::one : InfoHashes::malformed;
  if (token == "null") fields.info_hashes = InfoHashes::absent;
  const bool is_string = token.starts_with('"') && token.size() <= id_json_size_max;
  if (is_string && !hash.is_valid) fields.odd_info_hash_json = token;
  return true;
}

bool Parser::State::take_action(value& json) {
  const auto name = string_in(json);
  fields.action_is_string = name.has_value();
  fields.action = name ? *name : token_of(json);
  return check(json);
}

bool Parser::State::take_event(value& json) {
  fields.event = event_named(string_in(json).value_or(""));
  return check(json);
}

// The text of an object; empty for other values.
bool Parser::State::take_object_text(value& json, std::string_view& text) {
  text = {};
  const bool has_text = is_object(json);
  const char* const begin = json.raw_json_token().data();
  if (!check(json)) return false;
  const char* next = nullptr;  // the start of the next token
  if (document.current_location().get(next)) return false;
  if (has_text) text = without_blanks_behind({begin, next});
  return true;
}

bool Parser::State::take_offer_id(value& json, Description& of) {
  of.offer_id_json = of.offer_id = {};
  const auto inner = string_in(json);
  if (!inner) return check(json);
  if (!has_valid_escapes(*inner)) return false;
  of.offer_id_json = token_of(json);
  of.offer_id = *inner;
  return !inner->contains('\\') || !json.get_string().get(of.offer_id);
}

bool Parser::State::take_answer(value& json) {
  fields.has_answer = token_of(json) != "null";
  return take_object_text(json, fields.answer.json);
}

bool Parser::State::take_offer(value& json) {
  Description offer;
  const bool valid = for_members(json, [&](std::string_view key, value& member) {
    if (key == "offer") return take_object_text(member, offer.json);
    if (key == "offer_id") return take_offer_id(member, offer);
    return check(member);
  });
  const bool is_whole = !offer.json.empty() && !offer.offer_id_json.empty();
  if (is_whole) {
    ++offer_count;
    if (offers.size() < offers_max) offers.push_back(offer);
  }
  return valid;
}

bool Parser::State::take_offers(value& json) {
  offers.clear();
  offer_count = 0;
  if (!is_array(json)) return check(json);
  return for_elements(json, [this](value& element) {
    return is_object(element) ? take_offer(element) : check(element);
  });
}

bool Parser::State::take_member(std::string_view key, value& json) {
  std::optional<simdjson::ondemand::number> number;
  if (key == "action") return take_action(json);
  if (key == "info_hash") return take_info_hashes(json);
  if (key == "peer_id") return take_id(json, fields.peer_id);
  if (key == "to_peer_id") return take_id(json, fields.to_peer_id);
  if (key == "event") return take_event(json);
  if (key == "offers") return take_offers(json);
  if (key == "answer") return take_answer(json);
  if (key == "offer_id") return take_offer_id(json, fields.answer);
  if (key == "left") {
    if (!take_number(json, number)) return false;
    fields.is_seeder = number && number->as_double() == 0;
    return true;
  }
  if (key == "numwant") {
    if (!take_number(json, number)) return false;
    fields.numwant = number.transform(clamped);
    return true;
  }
  return check(json);
}

Verdict Parser::State::walk(std::span<const std::byte> message) {
  fields = {};
  offers.clear();
  offer_count = 0;
  info_hashes.clear();
  begin();
  const auto* text = reinterpret_cast<const char*>(message.data());
  if (parser.iterate(text, message.size(), message.size() + message_padding).get(document)) {
    return Verdict::invalid_json;
  }
  simdjson::ondemand::object object;
  const auto error = document.get_object().get(object);
  if (error == simdjson::INCORRECT_TYPE) return Verdict::not_an_object;
  const auto take = [this](std::string_view key, value& json) { return take_member(key, json); };
  if (error || !for_members(object, take)) {
    return is_too_deep()            ? Verdict::too_deep
           : has_too_many_members() ? Verdict::too_many_members
                                    : Verdict::invalid_json;
  }
  const bool is_at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return is_at_end ? Verdict::valid : Verdict::invalid_json;
}

ParseFailure Parser::State::failure(std::string_view why, std::optional<Action> action) const {
  ParseFailure failure{
      .reason = why, .action = action, .odd_info_hash_json = fields.odd_info_hash_json};
  if (fields.info_hashes == InfoHashes::one) failure.info_hash = fields.info_hash;
  return failure;
}

// The text of the reference tracker, which quotes the action.
std::string_view Parser::State::unknown_action() {
  constexpr std::size_t shown_size_max = 64;
  reason = "invalid action in WS request: ";
  reason += fields.action.substr(0, shown_size_max);
  return reason;
}

Request Parser::State::announce() const {
  if (fields.info_hashes != InfoHashes::one) {
    return failure("invalid info_hash", Action::announce);
  }
  if (!fields.peer_id.is_valid) return failure("invalid peer_id", Action::announce);
  if (fields.has_answer) return answer();
  return Announce{.info_hash = fields.info_hash,
                  .peer_id = fields.peer_id.id,
                  .event = fields.event,
                  .is_seeder = fields.is_seeder,
                  .numwant = fields.numwant,
                  .offers = offers,
                  .offer_count = offer_count};
}

Request Parser::State::answer() const {
  if (!fields.to_peer_id.is_valid) {
    return failure("invalid `to_peer_id` (required with `answer`)", Action::announce);
  }
  if (fields.answer.json.empty()) return failure("invalid answer", Action::announce);
  if (fields.answer.offer_id_json.empty()) return failure("invalid offer_id", Action::announce);
  return Answer{.info_hash = fields.info_hash,
                .peer_id = fields.peer_id.id,
                .to_peer_id = fields.to_peer_id.id,
                .answer = fields.answer};
}

Request Parser::State::scrape() {
  switch (fields.info_hashes) {
    case InfoHashes::absent:
      return Scrape{.all = true};
    case InfoHashes::one:
      info_hashes.push_back(fields.info_hash);
      [[fallthrough]];
    case InfoHashes::list:
      return Scrape{.is_list = fields.info_hashes == InfoHashes::list, .info_hashes = info_hashes};
    case InfoHashes::malformed:
      break;
  }
  return failure("invalid info_hash", Action::scrape);
}

Request Parser::State::request() {
  if (fields.action_is_string && fields.action == "announce") return announce();
  if (fields.action_is_string && fields.action == "scrape") return scrape();
  return failure(unknown_action(), std::nullopt);
}

Parser::Parser(std::size_t message_size_max, std::size_t offers_max, std::size_t scrape_max)
    : state_(std::make_unique<State>(message_size_max, offers_max, scrape_max)) {}

Parser::~Parser() = default;

Request Parser::parse(std::span<const std::byte> message) {
  switch (state_->walk(message)) {
    case Verdict::valid:
      return state_->request();
    case Verdict::not_an_object:
      return ParseFailure{.reason = "the message is not a JSON object"};
    case Verdict::too_deep:
      return state_->failure("the message is nested too deeply", std::nullopt);
    case Verdict::too_many_members:
      return state_->failure("the message has too many members", std::nullopt);
    case Verdict::invalid_json:
      break;
  }
  const auto* text = reinterpret_cast<const char*>(message.data());
  return ParseFailure{.reason = "the message is not valid JSON",
                      .not_utf8 = !simdjson::validate_utf8(text, message.size())};
}

}  // namespace gyre::ws
