// The codec of the UDP tracker protocol: BEP 15, with `paused` of BEP 21 and the options of BEP 41.
// The tracker parses requests and writes responses, the load tester and the tests do the reverse.
// Pure functions over spans; connection ids are not verified here.
//
// Lifetime: spans in a parsed request or response point into the datagram.
#pragma once

#include <cstdint>
#include <cstring>
#include <expected>
#include <span>
#include <string_view>
#include <variant>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/base/types.hpp"
#include "udp/limits.hpp"

namespace gyre::udp {

using TransactionId = std::uint32_t;
using ConnectionId = std::uint64_t;

struct ConnectRequest {
  TransactionId transaction_id = 0;
};

struct AnnounceRequest {
  ConnectionId connection_id = 0;
  TransactionId transaction_id = 0;
  InfoHash info_hash = {};
  PeerId peer_id = {};
  std::uint64_t bytes_downloaded = 0;
  std::uint64_t bytes_left = 0;
  std::uint64_t bytes_uploaded = 0;
  AnnounceEvent event = AnnounceEvent::none;
  std::uint32_t ip_address = 0;  // the client's claim; the tracker uses the source address
  std::uint32_t key = 0;
  std::int32_t peers_wanted = -1;           // negative: the tracker's maximum
  std::uint16_t port = 0;                   // 0: accepts no connections
  std::span<const std::byte> options = {};  // BEP 41: everything after the first 98 bytes
};

struct ScrapeRequest {
  ConnectionId connection_id = 0;
  TransactionId transaction_id = 0;
  std::span<const std::byte> info_hashes = {};  // a multiple of 20 bytes, may be empty

  std::size_t count() const { return info_hashes.size() / 20; }
  InfoHash info_hash(std::size_t index) const;
};

using Request = std::variant<ConnectRequest, AnnounceRequest, ScrapeRequest>;

enum class Action : std::uint32_t { connect = 0, announce = 1, scrape = 2, error = 3 };

// Why bytes are not a request, or not a response. Such requests get no response: the sender is not
// verified.
enum class ParseError : std::uint8_t {
  wrong_size,         // a request below 16 bytes, an announce below 92; see parse_response()
  wrong_protocol_id,  // a request to connect without BEP 15's magic number
  unknown_action,
};

// What a datagram requests, never Action::error. Longer datagrams than necessary are valid (BEP
// 15), and so are announces from 92 bytes on.
std::expected<Action, ParseError> requested_action(std::span<const std::byte> datagram);

// REQUIRES: requested_action() has returned that action.
ConnectRequest parse_connect(std::span<const std::byte> datagram);
ScrapeRequest parse_scrape(std::span<const std::byte> datagram);
inline InfoHash info_hash_of_announce(std::span<const std::byte> datagram);
// Fields that a shortened announce lacks keep their defaults.
inline AnnounceRequest parse_announce(std::span<const std::byte> datagram);

// All of these in one.
std::expected<Request, ParseError> parse_request(std::span<const std::byte> datagram);

// Whether the BEP 41 options contain the path of the announce URL. A truncated option ends the
// search.
bool has_url_data(std::span<const std::byte> options);

// Each writes a whole response to the front of `out` and returns its exact size.
// REQUIRES: it fits.
std::size_t write_connect_response(std::span<std::byte> out, TransactionId transaction_id,
                                   ConnectionId connection_id);

struct AnnounceResponse {
  TransactionId transaction_id = 0;
  std::uint32_t interval = 0;  // seconds
  std::uint32_t leecher_count = 0;
  std::uint32_t seeder_count = 0;
  std::span<const std::byte> peers = {};  // 6 bytes each for IPv4, 18 for IPv6
};
// Everything but the peers, which follow.
std::size_t write_announce_response_head(std::span<std::byte> out,
                                         const AnnounceResponse& response);

// The head is followed by one row for each hash of the request, in its order.
std::size_t write_scrape_response_head(std::span<std::byte> out, TransactionId transaction_id);
std::size_t write_scrape_row(std::span<std::byte> out, const SwarmCounts& counts);

// REQUIRES: `message` has at most error_text_size_max bytes.
std::size_t write_error_response(std::span<std::byte> out, TransactionId transaction_id,
                                 std::string_view message);

// The client's side.

std::size_t write_connect_request(std::span<std::byte> out, const ConnectRequest& request);
std::size_t write_announce_request(std::span<std::byte> out, const AnnounceRequest& request);
std::size_t write_scrape_request(std::span<std::byte> out, const ScrapeRequest& request);

struct ConnectResponse {
  TransactionId transaction_id = 0;
  ConnectionId connection_id = 0;
};
struct ScrapeResponse {
  TransactionId transaction_id = 0;
  std::span<const std::byte> rows;  // a multiple of scrape_row_size
};
struct ErrorResponse {
  TransactionId transaction_id = 0;
  std::string_view message;
};
using Response = std::variant<ConnectResponse, AnnounceResponse, ScrapeResponse, ErrorResponse>;

// Strict about lengths, as libtorrent and aria2 are.
std::expected<Response, ParseError> parse_response(std::span<const std::byte> datagram,
                                                   Family family);

inline AnnounceEvent announce_event_of(std::uint32_t number) {
  return number <= static_cast<std::uint32_t>(AnnounceEvent::paused)
             ? static_cast<AnnounceEvent>(number)
             : AnnounceEvent::none;
}

inline InfoHash info_hash_of_announce(std::span<const std::byte> datagram) {
  DCHECK(datagram.size() >= announce_request_size_min);
  InfoHash info_hash;
  std::memcpy(info_hash.bytes.data(), datagram.data() + 16, info_hash.bytes.size());
  return info_hash;
}

inline AnnounceRequest parse_announce(std::span<const std::byte> datagram) {
  DCHECK(datagram.size() >= announce_request_size_min);
  const std::byte* const bytes = datagram.data();
  AnnounceRequest request;
  request.connection_id = load_be<std::uint64_t>(bytes);
  request.transaction_id = load_be<std::uint32_t>(bytes + 12);
  request.info_hash = info_hash_of_announce(datagram);
  std::memcpy(request.peer_id.bytes.data(), bytes + 36, 20);
  request.bytes_downloaded = load_be<std::uint64_t>(bytes + 56);
  request.bytes_left = load_be<std::uint64_t>(bytes + 64);
  request.bytes_uploaded = load_be<std::uint64_t>(bytes + 72);
  request.event = announce_event_of(load_be<std::uint32_t>(bytes + 80));
  request.ip_address = load_be<std::uint32_t>(bytes + 84);
  request.key = load_be<std::uint32_t>(bytes + 88);
  if (datagram.size() >= 96) {
    request.peers_wanted = static_cast<std::int32_t>(load_be<std::uint32_t>(bytes + 92));
  }
  if (datagram.size() >= announce_request_size) {
    request.port = load_be<std::uint16_t>(bytes + 96);
    request.options = datagram.subspan(announce_request_size);
  }
  return request;
}

}  // namespace gyre::udp
