// The UDP tracker protocol (BEP 15, with BEP 21's `paused` and BEP 41's options) between bytes and
// structs, in both directions: the tracker parses requests and writes responses, the load tester
// and the tests do the opposite. Pure functions over spans: no sockets, clocks or policy, and no
// verdict on a connection id.
//
// Lifetime: spans in a parsed request or response point into the datagram.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "common/types.hpp"
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
  std::uint32_t ip_address = 0;  // what the client claims; the tracker uses the source address
  std::uint32_t key = 0;
  std::int32_t peers_wanted = -1;           // negative: as many as the tracker gives
  std::uint16_t port = 0;                   // 0: not reachable
  std::span<const std::byte> options = {};  // BEP 41, everything after the first 98 bytes
};

struct ScrapeRequest {
  ConnectionId connection_id = 0;
  TransactionId transaction_id = 0;
  std::span<const std::byte> info_hashes = {};  // whole ones, 20 bytes each; may be empty

  std::size_t count() const { return info_hashes.size() / 20; }
  InfoHash info_hash(std::size_t index) const;
};

using Request = std::variant<ConnectRequest, AnnounceRequest, ScrapeRequest>;

// Why bytes are not a request. None of these is answered: their sender is not verified.
enum class ParseError : std::uint8_t {
  too_short,          // below 16 bytes, or an announce below 92
  wrong_protocol_id,  // action 0 without BEP 15's magic number
  unknown_action,
};

// Accepts datagrams that are longer than the protocol needs, as BEP 15 asks for, and announces of
// 92 bytes and more, whose missing fields keep their defaults.
std::expected<Request, ParseError> parse_request(std::span<const std::byte> datagram);

// The info_hash of what parse_request() will call an announce, without parsing the rest.
std::optional<InfoHash> announced_info_hash(std::span<const std::byte> datagram);

// Whether BEP 41 options carry the path of the announce URL. A truncated option ends the search.
bool has_url_data(std::span<const std::byte> options);

// Each writes a whole response to the front of `out` and returns its exact size; `out` must hold
// it.
std::size_t write_connect_response(std::span<std::byte> out, TransactionId transaction_id,
                                   ConnectionId connection_id);

struct AnnounceResponseHead {
  TransactionId transaction_id = 0;
  std::uint32_t interval = 0;  // seconds
  std::uint32_t leecher_count = 0;
  std::uint32_t seeder_count = 0;
};
// The peers follow the head: 6 bytes each over IPv4, 18 over IPv6.
std::size_t write_announce_response_head(std::span<std::byte> out,
                                         const AnnounceResponseHead& head);

struct ScrapeRow {
  std::uint32_t seeder_count = 0;
  std::uint32_t completed_count = 0;
  std::uint32_t leecher_count = 0;
};
// One row for each hash of the request, in its order, follows the head.
std::size_t write_scrape_response_head(std::span<std::byte> out, TransactionId transaction_id);
std::size_t write_scrape_row(std::span<std::byte> out, const ScrapeRow& row);

// `message` has at most error_text_size_max bytes.
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
struct AnnounceResponse {
  AnnounceResponseHead head;
  std::span<const std::byte> peers;  // a whole number of entries for the family
};
struct ScrapeResponse {
  TransactionId transaction_id = 0;
  std::span<const std::byte> rows;  // a whole number of them
};
struct ErrorResponse {
  TransactionId transaction_id = 0;
  std::string_view message;
};
using Response = std::variant<ConnectResponse, AnnounceResponse, ScrapeResponse, ErrorResponse>;

// Strict about lengths, as libtorrent and aria2 are: nothing else is a response.
enum class ResponseError : std::uint8_t { wrong_size, unknown_action };
std::expected<Response, ResponseError> parse_response(std::span<const std::byte> datagram,
                                                      Family family);

}  // namespace gyre::udp
