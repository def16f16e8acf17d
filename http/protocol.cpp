#include "http/protocol.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/check.hpp"
#include "common/base/numbers.hpp"
#include "common/http1/forwarded.hpp"
#include "common/http1/query.hpp"
#include "common/http1/request_head.hpp"

namespace gyre::http {
namespace {

constexpr std::size_t value_size_max = 64;  // decoded; the longest is 32 bytes in hex digits

bool is_escaped(std::string_view raw) {
  return raw.contains('%') || raw.contains('+');
}

// The decoded text of a short value: a view of the original if nothing is escaped.
class Decoded {
 public:
  explicit Decoded(std::string_view raw)
      : text_(is_escaped(raw) ? http1::percent_decoded(raw, buffer_).value_or("") : raw) {}
  Decoded(const Decoded&) = delete;
  Decoded& operator=(const Decoded&) = delete;
  std::string_view text() const { return text_; }

 private:
  std::array<char, value_size_max> buffer_;
  std::string_view text_;
};

// Hardly any client escapes digits, so decoding is tried last.
template <class Number>
std::optional<Number> number_from(std::string_view raw) {
  const auto number = gyre::number_from<Number>(raw);
  if (number || !raw.contains('%')) return number;
  return gyre::number_from<Number>(Decoded(raw).text());
}

std::optional<InfoHash> info_hash_from(std::string_view raw) {
  std::array<char, value_size_max> buffer;
  const auto bytes = http1::percent_decoded(raw, buffer);
  if (!bytes) return std::nullopt;
  switch (bytes->size()) {
    case 20:
    case 32: {
      InfoHash info_hash;
      std::memcpy(info_hash.bytes.data(), bytes->data(), info_hash.bytes.size());
      return info_hash;
    }
    case 40:
    case 64:
      return info_hash_from_hex(bytes->substr(0, 40));
    default:
      return std::nullopt;
  }
}

AnnounceEvent event_from(std::string_view raw) {
  const Decoded decoded(raw);
  const auto is = [&](std::string_view name) {
    return http1::equals_ignoring_case(decoded.text(), name);
  };
  if (is("started")) return AnnounceEvent::started;
  if (is("stopped")) return AnnounceEvent::stopped;
  if (is("completed")) return AnnounceEvent::completed;
  if (is("paused")) return AnnounceEvent::paused;
  return AnnounceEvent::none;
}

// A value that is not a number of peers (negative, empty, a word) leaves the choice to the tracker;
// a huge one means all.
std::optional<std::uint32_t> peers_wanted_from(std::string_view raw) {
  const auto number = number_from<std::uint64_t>(raw);
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(*number, UINT32_MAX));
}

// BEP 7: an address, with or without a port. Only its family matters: the address of a peer is
// its own claim for few clients only (claimed_address()).
void take_address(std::string_view raw, AnnounceRequest& request) {
  const auto address = http1::forwarded_address_from(Decoded(raw).text());
  if (!address) return;
  (family_in(*address) == Family::ipv4 ? request.has_ipv4 : request.has_ipv6) = true;
}

// Whether the segment ends in `word`, apart from an extension (`announce.php`), blanks, or anything
// else that follows the letters.
bool segment_matches(std::string_view segment, std::string_view word) {
  const std::size_t end = segment.find_first_of(". %&;");
  const std::string_view stem = segment.substr(0, end);
  return stem.size() >= word.size() &&
         http1::equals_ignoring_case(stem.substr(stem.size() - word.size()), word);
}

enum class Name : std::uint8_t { unknown, info_hash, port, left, event, numwant, compact, address };

// Whether as many bytes as `word` has are equal to it. A constant size compiles to a comparison
// instead of a call.
template <std::size_t Size>
bool equals(const char* bytes, const char (&word)[Size]) {
  return std::memcmp(bytes, word, Size - 1) == 0;
}

Name plain_name_of(std::string_view text) {
  const char* const bytes = text.data();
  switch (text.size()) {
    case 2:
      return equals(bytes, "ip") ? Name::address : Name::unknown;
    case 4:
      if (equals(bytes, "port")) return Name::port;
      if (equals(bytes, "left")) return Name::left;
      return equals(bytes, "ipv4") || equals(bytes, "ipv6") ? Name::address : Name::unknown;
    case 5:
      return equals(bytes, "event") ? Name::event : Name::unknown;
    case 7:
      if (equals(bytes, "numwant")) return Name::numwant;
      return equals(bytes, "compact") ? Name::compact : Name::unknown;
    case 9:
      return equals(bytes, "info_hash") ? Name::info_hash : Name::unknown;
    default:
      return Name::unknown;
  }
}

Name name_of(std::string_view raw) {
  const Name name = plain_name_of(raw);
  if (name != Name::unknown || !raw.contains('%')) return name;
  return plain_name_of(Decoded(raw).text());
}

bool has_info_hash(std::string_view query) {
  http1::QueryReader reader(query);
  while (const auto parameter = reader.next()) {
    if (name_of(parameter->name) == Name::info_hash) return true;
  }
  return false;
}

TargetKind kind_of(std::string_view path, std::string_view query) {
  if (path == "/announce") return TargetKind::announce;  // the common case
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::size_t slash = rest.rfind('/');
    const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    const std::string_view segment = rest.substr(begin);
    if (segment_matches(segment, "announce")) return TargetKind::announce;
    if (segment_matches(segment, "scrape")) return TargetKind::scrape;
    rest = rest.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return has_info_hash(query) ? TargetKind::announce : TargetKind::page;
}

// Removes "http://host" of a target in absolute form (RFC 9112 section 3.2.2).
std::string_view without_origin(std::string_view target) {
  if (target.starts_with('/')) return target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!http1::equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? "/" : target.substr(end);
  }
  return target;
}

}  // namespace

Target parse_target(std::string_view target) {
  const std::string_view rest = without_origin(target);
  // If the client has left out the `?`, the query begins at the first `&`.
  std::size_t path_size = rest.find('?');
  if (path_size == std::string_view::npos) path_size = rest.find('&');
  Target parsed{.path = rest.substr(0, path_size)};
  if (path_size != std::string_view::npos) parsed.query = rest.substr(path_size + 1);
  parsed.kind = kind_of(parsed.path, parsed.query);
  return parsed;
}

std::expected<AnnounceRequest, RequestError> parse_announce(std::string_view query) {
  AnnounceRequest request;
  std::optional<std::string_view> info_hash;
  http1::QueryReader reader(query);
  while (const auto parameter = reader.next()) {
    const std::string_view value = parameter->value;
    switch (name_of(parameter->name)) {
      case Name::unknown:
        break;
      case Name::info_hash:
        info_hash = value;
        break;
      case Name::port:
        request.port = number_from<std::uint16_t>(value).value_or(0);
        break;
      case Name::left:
        request.bytes_left = number_from<std::uint64_t>(value);
        break;
      case Name::event:
        request.event = event_from(value);
        break;
      case Name::numwant:
        request.peers_wanted = peers_wanted_from(value);
        break;
      case Name::compact:
        request.compact = Decoded(value).text() != "0";
        break;
      case Name::address:
        take_address(value, request);
        break;
    }
  }
  if (!info_hash) return std::unexpected(RequestError::no_info_hash);
  const auto decoded = info_hash_from(*info_hash);
  if (!decoded) return std::unexpected(RequestError::malformed_info_hash);
  request.info_hash = *decoded;
  return request;
}

std::string_view peer_id_in(std::string_view query, std::span<char, sizeof(PeerId)> buffer) {
  std::string_view raw;
  http1::QueryReader reader(query);
  while (const auto parameter = reader.next()) {
    const bool is_escaped_name = parameter->name.contains('%');
    const bool is_peer_id = parameter->name == "peer_id" ||
                            (is_escaped_name && Decoded(parameter->name).text() == "peer_id");
    if (is_peer_id) raw = parameter->value;
  }
  return http1::percent_decoded(raw, buffer).value_or("");
}

std::optional<ClientAddress> claimed_address(std::string_view query, Family preferred) {
  std::optional<ClientAddress> claimed;
  http1::QueryReader reader(query);
  while (const auto parameter = reader.next()) {
    const std::string_view name = parameter->name;
    if (name != "ip" && name != "ipv4" && name != "ipv6") continue;
    const auto address = http1::forwarded_address_from(Decoded(parameter->value).text());
    if (!address || (claimed && family_in(*address) != preferred)) continue;
    claimed = *address;
  }
  return claimed;
}

std::expected<std::size_t, RequestError> parse_scrape(std::string_view query,
                                                      std::span<InfoHash> out) {
  DCHECK(!out.empty());
  std::size_t count = 0;
  bool has_name = false;
  http1::QueryReader reader(query);
  while (const auto parameter = reader.next()) {
    if (name_of(parameter->name) != Name::info_hash) continue;
    has_name = true;
    const auto info_hash = info_hash_from(parameter->value);
    if (!info_hash) continue;
    if (count == out.size()) break;
    out[count++] = *info_hash;
  }
  if (!has_name) return std::unexpected(RequestError::no_info_hash);
  if (count == 0) return std::unexpected(RequestError::malformed_info_hash);
  DCHECK(count <= out.size());
  std::ranges::sort(out.first(count));
  const auto repeated = std::ranges::unique(out.first(count));
  return count - repeated.size();
}

}  // namespace gyre::http
