#include "ws/replies.hpp"

#include <utility>

#include "common/http1/text_writer.hpp"

namespace gyre::ws {
namespace {

std::string_view name_of(Action action) {
  return action == Action::announce ? "announce" : "scrape";
}

// Whatever the sender wrote, the result is part of a JSON string.
void write_escaped(http1::TextWriter& out, std::string_view text) {
  for (const char c : text.substr(0, failure_reason_size_max)) {
    if (c == '"' || c == '\\') out.text("\\");
    out.text(c >= ' ' && c <= '~' ? std::string_view(&c, 1) : "?");
  }
}

}  // namespace

std::size_t MessageParts::size() const {
  std::size_t size = 0;
  for (const auto part : parts_) size += part.size();
  return size;
}

MessageParts MessageParts::offer(const Description& offer, const IdJson& peer_id,
                                 const IdJson& info_hash) {
  return MessageParts({R"({"action":"announce","offer":)", offer.json, R"(,"offer_id":)",
                       offer.offer_id_json, R"(,"peer_id":)", peer_id.text(), R"(,"info_hash":)",
                       info_hash.text(), "}"});
}

MessageParts MessageParts::answer(const Description& answer, const IdJson& peer_id,
                                  const IdJson& info_hash) {
  return MessageParts({R"({"action":"announce","answer":)", answer.json, R"(,"offer_id":)",
                       answer.offer_id_json, R"(,"peer_id":)", peer_id.text(), R"(,"info_hash":)",
                       info_hash.text(), "}"});
}

std::size_t write_announce_reply(const AnnounceReply& reply, const IdJson& info_hash,
                                 std::span<std::byte> out) {
  http1::TextWriter json(out.first(announce_reply_size_max));
  json.text(R"({"complete":)");
  json.number(reply.complete);
  json.text(R"(,"incomplete":)");
  json.number(reply.incomplete);
  json.text(R"(,"action":"announce","interval":)");
  json.number(reply.interval_s);
  json.text(R"(,"info_hash":)");
  json.text(info_hash.text());
  json.text("}");
  return json.size();
}

std::size_t write_error_reply(const ErrorReply& reply, std::span<std::byte> out) {
  http1::TextWriter json(out.first(error_reply_size_max));
  json.text("{");
  if (reply.action) {
    json.text(R"("action":")");
    json.text(name_of(*reply.action));
    json.text(R"(",)");
  }
  json.text(R"("failure reason":")");
  write_escaped(json, reply.reason);
  json.text(R"(","info_hash":)");
  json.text(reply.info_hash_json);
  if (reply.interval_s) {
    json.text(R"(,"interval":)");
    json.number(*reply.interval_s);
  }
  json.text("}");
  return json.size();
}

ScrapeReplyWriter::ScrapeReplyWriter(std::span<std::byte> out) : json_(out) {
  json_.text(R"({"action":"scrape","files":{)");
}

void ScrapeReplyWriter::row(const InfoHash& info_hash, const ScrapeRow& row) {
  if (std::exchange(has_rows_, true)) json_.text(",");
  json_.text(IdJson(info_hash).text());
  json_.text(R"(:{"complete":)");
  json_.number(row.complete);
  json_.text(R"(,"incomplete":)");
  json_.number(row.incomplete);
  json_.text(R"(,"downloaded":)");
  json_.number(row.downloaded);
  json_.text("}");
}

std::size_t ScrapeReplyWriter::finish(std::uint32_t min_request_interval_s) {
  json_.text(R"(},"flags":{"min_request_interval":)");
  json_.number(min_request_interval_s);
  json_.text("}}");
  return json_.size();
}

}  // namespace gyre::ws
