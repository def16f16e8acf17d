// The bytes are a message. Whatever is understood is valid JSON for simdjson's DOM parser, and so
// is everything that is relayed or replied because of it, with the original ids.
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/check.hpp"
#include "ws/protocol.hpp"
#include "ws/replies.hpp"

namespace {

using namespace gyre;
using namespace gyre::ws;

constexpr std::size_t message_size_max = 1 << 16;

bool is_object(std::string_view json) {
  static simdjson::dom::parser dom;
  simdjson::dom::element element;
  return !dom.parse(simdjson::padded_string(json)).get(element) && element.is_object();
}

template <class Id>
void check_id(const Id& id) {
  const IdJson json(id);
  const std::string_view text = json.text();
  Id decoded;
  CHECK(decode_id(text.substr(1, text.size() - 2), decoded.bytes));
  CHECK(decoded == id);
}

void check_relayed(const MessageParts& message) {
  std::string text;
  for (const auto part : message) text += part;
  CHECK(is_object(text));
}

void check(const Announce& announce) {
  check_id(announce.info_hash);
  check_id(announce.peer_id);
  const IdJson peer_id(announce.peer_id);
  const IdJson info_hash(announce.info_hash);
  for (const auto& offer : announce.offers) {
    check_relayed(offer_message(offer, peer_id, info_hash));
  }
  std::vector<std::byte> out(announce_reply_size_max);
  const std::size_t size = write_announce_reply({}, 120, info_hash, out);
  CHECK(is_object({reinterpret_cast<const char*>(out.data()), size}));
}

void check(const Answer& answer) {
  check_id(answer.to_peer_id);
  check_relayed(answer_message(answer.answer, IdJson(answer.peer_id), IdJson(answer.info_hash)));
}

void check(const Scrape& scrape) {
  std::vector<std::byte> out(scrape_reply_frame_size_max +
                             scrape.info_hashes.size() * scrape_row_size_max);
  const std::vector<swarm::SwarmCounts> counts(scrape.info_hashes.size());
  const std::size_t size = write_scrape_reply(scrape.info_hashes, counts, 600, out);
  CHECK(is_object({reinterpret_cast<const char*>(out.data()), size}));
}

void check(const Failure& failure) {
  CHECK(failure.odd_info_hash_json.size() <= id_json_size_max);
  std::vector<std::byte> out(error_reply_size_max);
  const std::size_t size = write_failure_reply(failure, 120, out);
  CHECK(is_object({reinterpret_cast<const char*>(out.data()), size}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Parser parser(message_size_max, 10, 20);
  if (size > message_size_max) return 0;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  // A heap block of the exact size, so that the sanitizers see overreads.
  std::vector<std::byte> padded(size + message_padding, std::byte{'"'});
  std::ranges::copy(std::as_bytes(std::span(data, size)), padded.begin());
  const Request request = parser.parse(std::span(padded).first(size));
  std::visit([](const auto& parsed) { check(parsed); }, request);
  const auto* failure = std::get_if<Failure>(&request);
  const bool is_json = failure == nullptr || !failure->reason.starts_with("the message is ");
  if (is_json) CHECK(is_object(message));
  // Too deeply nested, or with a lone low surrogate, which DOM accepts.
  const bool is_stricter =
      failure != nullptr && (failure->reason.ends_with("too deeply") || message.contains("\\u"));
  if (!is_json && !is_stricter) CHECK(!is_object(message));
  return 0;
}
