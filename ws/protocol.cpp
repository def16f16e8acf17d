#include "ws/protocol.hpp"

#include <string>

#include "ws/message_walk.hpp"

namespace gyre::ws {

// Makes a request of the members that were found.
struct Parser::State {
  Request request();
  Request announce() const;
  Request answer() const;
  Request scrape() const;
  ParseFailure failure(std::string_view why, std::optional<Action> action) const;
  std::string_view unknown_action();

  MessageWalk walk;
  std::string reason = {};
};

ParseFailure Parser::State::failure(std::string_view why, std::optional<Action> action) const {
  const Fields& fields = walk.fields();
  ParseFailure failure{
      .reason = why, .action = action, .odd_info_hash_json = fields.odd_info_hash_json};
  if (fields.info_hashes == InfoHashes::one) failure.info_hash = fields.info_hash;
  return failure;
}

// The text of the reference tracker, which quotes the action.
std::string_view Parser::State::unknown_action() {
  const Fields& fields = walk.fields();
  constexpr std::size_t shown_size_max = 64;
  reason = "invalid action in WS request: ";
  reason += fields.action.substr(0, shown_size_max);
  return reason;
}

Request Parser::State::announce() const {
  const Fields& fields = walk.fields();
  if (fields.info_hashes != InfoHashes::one) {
    return failure("invalid info_hash", Action::announce);
  }
  if (!fields.peer_id) return failure("invalid peer_id", Action::announce);
  if (fields.has_answer) return answer();
  return Announce{.info_hash = fields.info_hash,
                  .peer_id = *fields.peer_id,
                  .event = fields.event,
                  .is_seeder = fields.is_seeder,
                  .numwant = fields.numwant,
                  .offers = walk.offers(),
                  .offer_count = walk.offer_count()};
}

Request Parser::State::answer() const {
  const Fields& fields = walk.fields();
  if (!fields.to_peer_id) {
    return failure("invalid `to_peer_id` (required with `answer`)", Action::announce);
  }
  if (fields.answer.json.empty()) return failure("invalid answer", Action::announce);
  if (fields.answer.offer_id_json.empty()) return failure("invalid offer_id", Action::announce);
  return Answer{.info_hash = fields.info_hash,
                .peer_id = *fields.peer_id,
                .to_peer_id = *fields.to_peer_id,
                .answer = fields.answer};
}

Request Parser::State::scrape() const {
  const Fields& fields = walk.fields();
  switch (fields.info_hashes) {
    case InfoHashes::absent:
      return Scrape{.all = true};
    case InfoHashes::one:
      return Scrape{.info_hashes = {&fields.info_hash, 1}};
    case InfoHashes::list:
      return Scrape{.is_list = true, .info_hashes = walk.info_hashes()};
    case InfoHashes::malformed:
      break;
  }
  return failure("invalid info_hash", Action::scrape);
}

Request Parser::State::request() {
  const Fields& fields = walk.fields();
  if (fields.action_is_string && fields.action == "announce") return announce();
  if (fields.action_is_string && fields.action == "scrape") return scrape();
  return failure(unknown_action(), std::nullopt);
}

Parser::Parser(std::size_t message_size_max, std::size_t offers_max, std::size_t scrape_max)
    : state_(std::make_unique<State>(MessageWalk(message_size_max, offers_max, scrape_max))) {}

Parser::~Parser() = default;

Request Parser::parse(std::span<const std::byte> message) {
  switch (state_->walk.walk(message)) {
    case MessageWalk::Verdict::valid:
      return state_->request();
    case MessageWalk::Verdict::not_an_object:
      return ParseFailure{.reason = "the message is not a JSON object"};
    case MessageWalk::Verdict::too_deep:
      return state_->failure("the message is nested too deeply", std::nullopt);
    case MessageWalk::Verdict::too_many_members:
      return state_->failure("the message has too many members", std::nullopt);
    case MessageWalk::Verdict::invalid_json:
      break;
  }
  const auto* text = reinterpret_cast<const char*>(message.data());
  return ParseFailure{.reason = "the message is not valid JSON",
                      .not_utf8 = !simdjson::validate_utf8(text, message.size())};
}

}  // namespace gyre::ws
