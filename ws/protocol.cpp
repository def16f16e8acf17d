#include "ws/protocol.hpp"

#include <simdjson.h>

#include "common/base/check.hpp"
#include "ws/message_walk.hpp"

namespace gyre::ws {

Parser::Parser(std::size_t message_size_max, std::size_t offers_max, std::size_t scrape_max)
    : reader_(std::make_unique<MessageWalk>(message_size_max, offers_max, scrape_max)) {}

Parser::~Parser() = default;

Request Parser::parse(std::span<const std::byte> message) {
  const std::string_view fault = reader_->read(message);
  if (fault.empty()) return request();
  if (reader_->is_over_limits()) return failure(fault, {});
  const auto* text = reinterpret_cast<const char*>(message.data());
  return Failure{.reason = fault, .not_utf8 = !simdjson::validate_utf8(text, message.size())};
}

Failure Parser::failure(std::string_view reason, std::string_view action) const {
  const Fields& fields = reader_->fields();
  DCHECK(!fields.info_hash || fields.odd_info_hash_json == no_info_hash_json);
  return {.reason = reason,
          .action = action,
          .info_hash = fields.info_hash,
          .odd_info_hash_json = fields.odd_info_hash_json};
}

Request Parser::announce() const {
  const Fields& fields = reader_->fields();
  if (!fields.info_hash) {
    return failure("invalid info_hash", announce_action);
  }
  if (!fields.peer_id) return failure("invalid peer_id", announce_action);
  if (fields.has_answer) return answer();
  return Announce{.info_hash = *fields.info_hash,
                  .peer_id = *fields.peer_id,
                  .event = fields.event,
                  .is_seeder = fields.is_seeder,
                  .numwant = fields.numwant,
                  .offers = reader_->offers(),
                  .offer_count = reader_->offer_count()};
}

Request Parser::answer() const {
  const Fields& fields = reader_->fields();
  DCHECK(fields.info_hash && fields.peer_id);
  if (!fields.to_peer_id) {
    return failure("invalid `to_peer_id` (required with `answer`)", announce_action);
  }
  if (fields.answer.json.empty()) return failure("invalid answer", announce_action);
  if (fields.answer.offer_id_json.empty()) return failure("invalid offer_id", announce_action);
  return Answer{.info_hash = *fields.info_hash,
                .peer_id = *fields.peer_id,
                .to_peer_id = *fields.to_peer_id,
                .answer = fields.answer};
}

Request Parser::scrape() const {
  const Fields& fields = reader_->fields();
  if (!fields.has_info_hash) return Scrape{.all = true};
  if (fields.info_hash) return Scrape{.info_hashes = {&*fields.info_hash, 1}};
  if (fields.has_valid_list) return Scrape{.is_list = true, .info_hashes = reader_->info_hashes()};
  return failure("invalid info_hash", scrape_action);
}

Request Parser::request() {
  const Fields& fields = reader_->fields();
  if (fields.action_is_string && fields.action == announce_action) return announce();
  if (fields.action_is_string && fields.action == scrape_action) return scrape();
  constexpr std::size_t shown_size_max = 64;
  unknown_action_ = "invalid action in WS request: ";  // the text of the reference tracker
  unknown_action_ += fields.action.substr(0, shown_size_max);
  return failure(unknown_action_, {});
}

}  // namespace gyre::ws
