#include "load-test/http/response_check.hpp"

#include "common/base/types.hpp"
#include "load-test/http/bencode_reader.hpp"

namespace gyre::load_test::http {
namespace {

// BEP 23 and BEP 7: addresses and ports without anything between them.
bool read_compact_peers(std::string_view peers, Family family, BodyFacts& body) {
  const std::size_t size = compact_peer_size(family);
  if (peers.size() % size != 0) return false;
  for (std::size_t end = size; end <= peers.size(); end += size) {
    body.faulty_peer |= peers[end - 1] == 0 && peers[end - 2] == 0;
  }
  body.peer_count += peers.size() / size;
  return true;
}

// A list of dictionaries, as BEP 3 has it.
bool read_peer_list(std::string_view text, BodyFacts& body) {
  BencodeReader reader(text);
  if (!reader.take('l')) return false;
  for (; !reader.take('e'); ++body.peer_count) {
    const auto peer = reader.value();
    if (!peer || !peer->starts_with('d')) return false;
  }
  return true;
}

bool read_entry(std::string_view key, std::string_view text, BodyFacts& body) {
  BencodeReader value(text);
  body.has_files |= key == "files" && text.starts_with('d');
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

std::expected<BodyFacts, Count> check_body(std::string_view body, Kind kind,
                                           std::int32_t peers_wanted) {
  BodyFacts found;
  const bool is_well_formed = read_dictionary(
      body,
      [&](std::string_view key, std::string_view value) { return read_entry(key, value, found); });
  const bool is_complete =
      found.failure || (kind == Kind::announce ? found.has_peers : found.has_files);
  if (!is_well_formed || !is_complete) return std::unexpected(Count::malformed_body);
  const bool is_too_many =
      (peers_wanted >= 0 && found.peer_count > static_cast<std::uint64_t>(peers_wanted)) ||
      (found.known_count > 0 && found.peer_count > found.known_count);
  if (found.faulty_peer || is_too_many) return std::unexpected(Count::implausible_peers);
  return found;
}

}  // namespace gyre::load_test::http
