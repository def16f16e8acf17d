#include "udp/protocol.hpp"

#include <utility>

#include "common/base/bytes.hpp"

namespace gyre::udp {
namespace {

void write_head(ByteWriter& writer, Action action, TransactionId transaction_id) {
  writer.write(std::to_underlying(action));
  writer.write(transaction_id);
}

void write_request_head(ByteWriter& writer, ConnectionId connection_id, Action action,
                        TransactionId transaction_id) {
  writer.write(connection_id);
  write_head(writer, action, transaction_id);
}

}  // namespace

InfoHash ScrapeRequest::info_hash(std::size_t index) const {
  DCHECK(index < count());
  return {ByteReader(info_hashes.subspan(20 * index, 20)).read_array<20>()};
}

std::expected<Action, ParseError> requested_action(std::span<const std::byte> datagram) {
  if (datagram.size() < connect_request_size) return std::unexpected(ParseError::wrong_size);
  switch (static_cast<Action>(load_be<std::uint32_t>(datagram.data() + 8))) {
    case Action::connect:
      if (load_be<std::uint64_t>(datagram.data()) == protocol_id) return Action::connect;
      return std::unexpected(ParseError::wrong_protocol_id);
    case Action::announce:
      if (datagram.size() >= announce_request_size_min) return Action::announce;
      return std::unexpected(ParseError::wrong_size);
    case Action::scrape:
      return Action::scrape;
    case Action::error:
      break;
  }
  return std::unexpected(ParseError::unknown_action);
}

ConnectRequest parse_connect(std::span<const std::byte> datagram) {
  DCHECK(datagram.size() >= connect_request_size);
  return {.transaction_id = load_be<std::uint32_t>(datagram.data() + 12)};
}

ScrapeRequest parse_scrape(std::span<const std::byte> datagram) {
  DCHECK(datagram.size() >= scrape_request_head_size);
  const auto info_hashes = datagram.subspan(scrape_request_head_size);
  return {.connection_id = load_be<std::uint64_t>(datagram.data()),
          .transaction_id = load_be<std::uint32_t>(datagram.data() + 12),
          .info_hashes = info_hashes.first(info_hashes.size() / 20 * 20)};
}

std::expected<Request, ParseError> parse_request(std::span<const std::byte> datagram) {
  const auto action = requested_action(datagram);
  if (!action) return std::unexpected(action.error());
  switch (*action) {
    case Action::connect:
      return parse_connect(datagram);
    case Action::announce:
      return parse_announce(datagram);
    case Action::scrape:
    case Action::error:
      break;
  }
  return parse_scrape(datagram);
}

bool has_url_data(std::span<const std::byte> options) {
  enum Option : std::uint8_t { end_of_options = 0, nop = 1, url_data = 2 };
  ByteReader reader(options);
  while (reader.remaining() > 0) {
    const auto option = reader.read<std::uint8_t>();
    if (option == end_of_options) return false;
    if (option == nop) continue;
    if (reader.remaining() == 0) return false;
    const auto size = reader.read<std::uint8_t>();
    if (size > reader.remaining()) return false;
    if (option == url_data) return true;
    reader.skip(size);
  }
  return false;
}

std::size_t write_connect_response(std::span<std::byte> out, TransactionId transaction_id,
                                   ConnectionId connection_id) {
  ByteWriter writer(out);
  write_head(writer, Action::connect, transaction_id);
  writer.write(connection_id);
  DCHECK(writer.written() == connect_response_size);
  return writer.written();
}

std::size_t write_announce_response_head(std::span<std::byte> out,
                                         const AnnounceResponse& response) {
  ByteWriter writer(out);
  write_head(writer, Action::announce, response.transaction_id);
  writer.write(response.interval);
  writer.write(response.leecher_count);
  writer.write(response.seeder_count);
  DCHECK(writer.written() == announce_response_head_size);
  return writer.written();
}

std::size_t write_scrape_response_head(std::span<std::byte> out, TransactionId transaction_id) {
  ByteWriter writer(out);
  write_head(writer, Action::scrape, transaction_id);
  DCHECK(writer.written() == scrape_response_head_size);
  return writer.written();
}

std::size_t write_scrape_row(std::span<std::byte> out, const SwarmCounts& counts) {
  ByteWriter writer(out);
  writer.write(counts.seeder_count);
  writer.write(counts.completed_count);
  writer.write(counts.leecher_count);
  DCHECK(writer.written() == scrape_row_size);
  return writer.written();
}

std::size_t write_error_response(std::span<std::byte> out, TransactionId transaction_id,
                                 std::string_view message) {
  DCHECK(message.size() <= error_text_size_max);
  ByteWriter writer(out);
  write_head(writer, Action::error, transaction_id);
  writer.write_bytes(std::as_bytes(std::span(message)));
  return writer.written();
}

std::size_t write_connect_request(std::span<std::byte> out, const ConnectRequest& request) {
  ByteWriter writer(out);
  write_request_head(writer, protocol_id, Action::connect, request.transaction_id);
  DCHECK(writer.written() == connect_request_size);
  return writer.written();
}

std::size_t write_announce_request(std::span<std::byte> out, const AnnounceRequest& request) {
  ByteWriter writer(out);
  write_request_head(writer, request.connection_id, Action::announce, request.transaction_id);
  writer.write_bytes(request.info_hash.bytes);
  writer.write_bytes(request.peer_id.bytes);
  writer.write(request.bytes_downloaded);
  writer.write(request.bytes_left);
  writer.write(request.bytes_uploaded);
  writer.write(std::uint32_t{std::to_underlying(request.event)});
  writer.write(request.ip_address);
  writer.write(request.key);
  writer.write(static_cast<std::uint32_t>(request.peers_wanted));
  writer.write(request.port);
  DCHECK(writer.written() == announce_request_size);
  writer.write_bytes(request.options);
  return writer.written();
}

std::size_t write_scrape_request(std::span<std::byte> out, const ScrapeRequest& request) {
  ByteWriter writer(out);
  write_request_head(writer, request.connection_id, Action::scrape, request.transaction_id);
  writer.write_bytes(request.info_hashes);
  return writer.written();
}

std::expected<Response, ParseError> parse_response(std::span<const std::byte> datagram,
                                                   Family family) {
  if (datagram.size() < error_response_head_size) return std::unexpected(ParseError::wrong_size);
  ByteReader reader(datagram);
  const auto action = static_cast<Action>(reader.read<std::uint32_t>());
  const auto transaction_id = reader.read<std::uint32_t>();
  switch (action) {
    case Action::connect:
      if (datagram.size() != connect_response_size) break;
      return ConnectResponse{transaction_id, reader.read<std::uint64_t>()};
    case Action::announce: {
      if (datagram.size() < announce_response_head_size) break;
      AnnounceResponse response{.transaction_id = transaction_id};
      response.interval = reader.read<std::uint32_t>();
      response.leecher_count = reader.read<std::uint32_t>();
      response.seeder_count = reader.read<std::uint32_t>();
      if (reader.remaining() % compact_peer_size(family) != 0) break;
      response.peers = reader.take(reader.remaining());
      return response;
    }
    case Action::scrape:
      if (reader.remaining() % scrape_row_size != 0) break;
      return ScrapeResponse{transaction_id, reader.take(reader.remaining())};
    case Action::error: {
      const auto text = reader.take(reader.remaining());
      return ErrorResponse{transaction_id,
                           {reinterpret_cast<const char*>(text.data()), text.size()}};
    }
    default:
      return std::unexpected(ParseError::unknown_action);
  }
  return std::unexpected(ParseError::wrong_size);
}

}  // namespace gyre::udp
