#include "ws/replies.hpp"

#include "common/base/check.hpp"
#include "common/http1/text_writer.hpp"

namespace gyre::ws {
namespace {

// Whatever the sender wrote, the result is part of a JSON string.
void write_escaped(http1::TextWriter& out, std::string_view text) {
  for (const char c : text.substr(0, failure_reason_size_max)) {
    if (c == '"' || c == '\\') out.text("\\");
    out.text(c >= ' ' && c <= '~' ? std::string_view(&c, 1) : "?");
  }
}

}  // namespace

MessageParts offer_message(const Description& offer, const IdJson& peer_id,
                           const IdJson& info_hash) {
  return {R"({"action":"announce","offer":)",
          offer.json,
          R"(,"offer_id":)",
          offer.offer_id_json,
          R"(,"peer_id":)",
          peer_id.text(),
          R"(,"info_hash":)",
          info_hash.text(),
          "}"};
}

MessageParts answer_message(const Description& answer, const IdJson& peer_id,
                            const IdJson& info_hash) {
  return {R"({"action":"announce","answer":)",
          answer.json,
          R"(,"offer_id":)",
          answer.offer_id_json,
          R"(,"peer_id":)",
          peer_id.text(),
          R"(,"info_hash":)",
          info_hash.text(),
          "}"};
}

std::size_t write_announce_reply(const swarm::SwarmCounts& counts, std::uint32_t interval_s,
                                 const IdJson& info_hash, std::span<std::byte> out) {
  http1::TextWriter json(out.first(announce_reply_size_max));
  json.text(R"({"complete":)");
  json.number(counts.seeder_count);
  json.text(R"(,"incomplete":)");
  json.number(counts.leecher_count);
  json.text(R"(,"action":"announce","interval":)");
  json.number(interval_s);
  json.text(R"(,"info_hash":)");
  json.text(info_hash.text());
  json.text("}");
  return json.size();
}

std::size_t write_failure_reply(const Failure& failure, std::optional<std::uint32_t> retry_s,
                                std::span<std::byte> out) {
  http1::TextWriter json(out.first(error_reply_size_max));
  json.text("{");
  if (!failure.action.empty()) {
    json.text(R"("action":")");
    json.text(failure.action);
    json.text(R"(",)");
  }
  json.text(R"("failure reason":")");
  write_escaped(json, failure.reason);
  json.text(R"(","info_hash":)");
  DCHECK(failure.odd_info_hash_json.size() <= id_json_size_max);
  json.text(failure.info_hash ? IdJson(*failure.info_hash).text() : failure.odd_info_hash_json);
  if (retry_s) {
    json.text(R"(,"interval":)");
    json.number(*retry_s);
  }
  json.text("}");
  return json.size();
}

std::size_t write_scrape_reply(std::span<const InfoHash> info_hashes,
                               std::span<const swarm::SwarmCounts> counts,
                               std::uint32_t min_request_interval_s, std::span<std::byte> out) {
  DCHECK(info_hashes.size() == counts.size());
  http1::TextWriter json(out);
  json.text(R"({"action":"scrape","files":{)");
  for (std::size_t i = 0; i < info_hashes.size(); ++i) {
    if (i > 0) json.text(",");
    json.text(IdJson(info_hashes[i]).text());
    json.text(R"(:{"complete":)");
    json.number(counts[i].seeder_count);
    json.text(R"(,"incomplete":)");
    json.number(counts[i].leecher_count);
    json.text(R"(,"downloaded":)");
    json.number(counts[i].completed_count);
    json.text("}");
  }
  json.text(R"(},"flags":{"min_request_interval":)");
  json.number(min_request_interval_s);
  json.text("}}");
  return json.size();
}

}  // namespace gyre::ws
