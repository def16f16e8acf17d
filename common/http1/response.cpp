#include "common/http1/response.hpp"

#include <cstring>

#include "common/base/check.hpp"
#include "common/http1/list.hpp"
#include "common/http1/text_writer.hpp"

namespace gyre::http1 {
namespace {

void begin_head(TextWriter& out, const ResponseKind& kind) {
  out.text("HTTP/1.1 ");
  out.text(kind.status);
  out.text("\r\nContent-Type: ");
  out.text(kind.content_type);
  out.text("\r\n");
}

void end_head(TextWriter& out, const ResponseKind& kind, const Framing& framing) {
  out.text(kind.headers);
  out.text(framing.connection_header);
  out.text("\r\n");
}

}  // namespace

// RFC 9110 section 7.6.1, RFC 9112 section 9.3.
Framing framing_of(const RequestHead& head, bool keep_alive) {
  bool has_close = false;
  bool has_keep_alive = false;
  bool has_body = false;
  for (const auto& [name, value] : head.headers()) {
    if (equals_ignoring_case(name, "Connection")) {
      has_close |= lists_token(value, "close");
      has_keep_alive |= lists_token(value, "keep-alive");
    } else if (equals_ignoring_case(name, "Content-Length")) {
      has_body |= value != "0";
    } else if (equals_ignoring_case(name, "Transfer-Encoding")) {
      has_body = true;
    }
  }
  const bool is_old = head.version_minor == 0;
  Framing framing;
  framing.close = !keep_alive || has_body || has_close || (is_old && !has_keep_alive);
  if (is_old && !framing.close) framing.connection_header = "Connection: keep-alive\r\n";
  if (!is_old && framing.close) framing.connection_header = "Connection: close\r\n";
  framing.with_body = head.method != "HEAD";
  return framing;
}

std::span<std::byte> body_room(std::span<std::byte> out) {
  DCHECK(out.size() >= response_head_size_max);
  return out.subspan(response_head_size_max);
}

Response finish_response(std::span<std::byte> out, const ResponseKind& kind, const Framing& framing,
                         std::size_t body_size) {
  DCHECK(body_size <= body_room(out).size());
  TextWriter head(out.first(response_head_size_max));
  begin_head(head, kind);
  head.text("Content-Length: ");
  head.number(body_size);
  head.text("\r\n");
  end_head(head, kind, framing);
  if (!framing.with_body) return {.size = head.size(), .close = framing.close};
  std::memmove(out.data() + head.size(), body_room(out).data(), body_size);
  return {.size = head.size() + body_size, .close = framing.close};
}

Response begin_streamed_response(std::span<std::byte> out, const ResponseKind& kind,
                                 const Framing& framing, bool chunked) {
  TextWriter head(out.first(response_head_size_max));
  begin_head(head, kind);
  if (chunked) head.text("Transfer-Encoding: chunked\r\n");
  end_head(head, kind, framing);
  return {.size = head.size(), .close = framing.close, .streams = framing.with_body};
}

Response write_response(std::span<std::byte> out, const ResponseKind& kind, const Framing& framing,
                        std::string_view body) {
  DCHECK(body.size() <= body_room(out).size());
  std::memcpy(body_room(out).data(), body.data(), body.size());
  return finish_response(out, kind, framing, body.size());
}

}  // namespace gyre::http1
