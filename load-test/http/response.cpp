#include "load-test/http/response.hpp"

#include <algorithm>
#include <charconv>

#include "common/base/types.hpp"
#include "common/http1/request_head.hpp"
#include "load-test/http/bencode_reader.hpp"

namespace gyre::load_test::http {
namespace {

using http1::equals_ignoring_case;

constexpr std::size_t head_size_max = 8192;
constexpr std::string_view head_end = "\r\n\r\n";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || at != text.data() + text.size()) return std::nullopt;
  return number;
}

// "HTTP/1.1 200 OK"
bool read_status_line(std::string_view line, ResponseHead& head) {
  constexpr std::string_view version = "HTTP/1.";
  constexpr std::size_t status_at = version.size() + 2;
  if (!line.starts_with(version) || line.size() < status_at + 3) return false;
  head.keep_alive = line[version.size()] != '0';
  const auto status = number_of<std::uint16_t>(line.substr(status_at, 3));
  if (!status || line[status_at - 1] != ' ') return false;
  head.status = *status;
  return *status >= 200 && *status < 600;
}

bool read_header(std::string_view line, ResponseHead& head) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (equals_ignoring_case(name, "Content-Length")) {
    head.content_length = number_of<std::size_t>(value);
    return head.content_length.has_value();
  }
  if (equals_ignoring_case(name, "Connection")) {
    if (equals_ignoring_case(value, "close")) head.keep_alive = false;
    if (equals_ignoring_case(value, "keep-alive")) head.keep_alive = true;
  }
  return !equals_ignoring_case(name, "Transfer-Encoding");
}

// What an announce is answered with, as far as it was found.
struct AnnounceBody {
  bool failure = false;
  bool has_peers = false;
  std::uint64_t peer_count = 0;
  std::uint64_t known_count = 0;  // complete and incomplete, 0 if neither was there
  bool faulty_peer = false;
};

// BEP 23 and BEP 7: addresses and ports without anything between them.
bool read_compact_peers(std::string_view peers, Family family, AnnounceBody& body) {
  const std::size_t size = compact_peer_size(family);
  if (peers.size() % size != 0) return false;
  for (std::size_t end = size; end <= peers.size(); end += size) {
    body.faulty_peer |= peers[end - 1] == 0 && peers[end - 2] == 0;
  }
  body.peer_count += peers.size() / size;
  return true;
}

// A list of dictionaries, as BEP 3 has it.
bool read_peer_list(std::string_view text, AnnounceBody& body) {
  BencodeReader reader(text);
  if (!reader.take('l')) return false;
  for (; !reader.take('e'); ++body.peer_count) {
    const auto peer = reader.value();
    if (!peer || !peer->starts_with('d')) return false;
  }
  return true;
}

bool read_entry(std::string_view key, std::string_view text, AnnounceBody& body) {
  BencodeReader value(text);
  if (key == "failure reason") {
    body.failure = true;
    return value.string().has_value();
  }
  if (key == "peers" || key == "peers6") {
    body.has_peers |= key == "peers";
    if (text.starts_with('l')) return read_peer_list(text, body);
    const auto peers = value.string();
    return peers && read_compact_peers(*peers, key == "peers" ? Family::ipv4 : Family::ipv6, body);
  }
  const bool counts = key == "complete" || key == "incomplete";
  if (!counts && key != "interval" && key != "min interval") return true;
  const auto number = value.integer();
  if (!number || *number < 0) return false;
  if (counts) body.known_count += static_cast<std::uint64_t>(*number);
  return true;
}

// A dictionary and nothing else. `read` is given each key and value, and is true if it likes them.
template <class Read>
bool read_dictionary(std::string_view text, Read read) {
  BencodeReader reader(text);
  if (!reader.take('d')) return false;
  while (!reader.take('e')) {
    const auto key = reader.string();
    const auto value = key ? reader.value(1) : std::nullopt;
    if (!value || !read(*key, *value)) return false;
  }
  return reader.at_end();
}

}  // namespace

std::expected<ResponseHead, HeadFault> parse_response_head(std::string_view input) {
  constexpr auto malformed = std::unexpected(HeadFault::malformed);
  const std::size_t end = input.substr(0, head_size_max).find(head_end);
  if (end == std::string_view::npos) {
    if (input.size() >= head_size_max) return malformed;
    return std::unexpected(HeadFault::incomplete);
  }
  ResponseHead head{.size = end + head_end.size()};
  std::string_view lines = input.substr(0, end + 2);
  for (bool first = true; !lines.empty(); first = false) {
    const std::size_t line_end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, line_end);
    if (!(first ? read_status_line(line, head) : read_header(line, head))) return malformed;
    lines.remove_prefix(line_end + 2);
  }
  return head;
}

std::expected<BodyFacts, Count> check_body(std::string_view body, Kind kind,
                                           std::int32_t peers_wanted) {
  AnnounceBody found;
  bool has_files = false;
  const bool is_well_formed =
      read_dictionary(body, [&](std::string_view key, std::string_view value) {
        has_files |= key == "files" && value.starts_with('d');
        return read_entry(key, value, found);
      });
  const bool is_complete = found.failure || (kind == Kind::announce ? found.has_peers : has_files);
  if (!is_well_formed || !is_complete) return std::unexpected(Count::malformed_body);
  const bool is_too_many =
      (peers_wanted >= 0 && found.peer_count > static_cast<std::uint64_t>(peers_wanted)) ||
      (found.known_count > 0 && found.peer_count > found.known_count);
  if (found.faulty_peer || is_too_many) return std::unexpected(Count::implausible_peers);
  return BodyFacts{.failure = found.failure, .peer_count = found.peer_count};
}

}  // namespace gyre::load_test::http
