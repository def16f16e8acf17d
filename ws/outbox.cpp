#include "ws/outbox.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "common/base/check.hpp"

namespace gyre::ws {
namespace {

// What sending takes, about: of any message, and for each byte that is compressed.
constexpr std::uint64_t send_cost_ns = 200;
constexpr std::uint64_t copy_bytes_per_ns = 8;
constexpr std::uint64_t deflate_cost_ns_per_byte = 15;

std::size_t size_of(Parts parts) {
  return std::accumulate(
      parts.begin(), parts.end(), std::size_t{0},
      [](std::size_t size, std::string_view part) { return size + part.size(); });
}

WorkerCounter counter_of(CloseCode code) {
  switch (code) {
    case CloseCode::going_away:
      return WorkerCounter::closes_going_away;
    case CloseCode::protocol_error:
      return WorkerCounter::closes_protocol_error;
    case CloseCode::unsupported:
      return WorkerCounter::closes_unsupported;
    case CloseCode::invalid_payload:
      return WorkerCounter::closes_invalid_payload;
    case CloseCode::policy:
      return WorkerCounter::closes_policy;
    case CloseCode::too_big:
      return WorkerCounter::closes_too_big;
    case CloseCode::internal:
      return WorkerCounter::closes_internal;
    case CloseCode::try_again_later:
      return WorkerCounter::closes_try_again_later;
    default:
      return WorkerCounter::closes_normal;
  }
}

}  // namespace

Outbox::Outbox(const WorkerOptions& options, connection::Server& server, WorkerMetrics& metrics,
               std::uint64_t& cost_ns)
    : options_(options),
      server_(server),
      metrics_(metrics),
      cost_ns_(cost_ns),
      budget_{options.unsent_memory},
      deflated_(
          std::make_unique_for_overwrite<std::byte[]>(options.config.websocket_max_message_size)) {}

void Outbox::send_message(Connection& connection, WorkerCounter kind, Parts parts) {
  DCHECK(kind >= WorkerCounter::sent_announce && kind <= WorkerCounter::sent_answer);
  FrameHeader header{.opcode = Opcode::text, .payload_size = size_of(parts)};
  cost_ns_ += send_cost_ns + header.payload_size / copy_bytes_per_ns;
  std::array<std::string_view, 1> deflated;
  const std::uint8_t window_bits = connection.session.deflate_window_bits;
  if (window_bits > 0 && header.payload_size >= options_.config.compress_from &&
      options_.config.compress_from > 0) {
    const std::span out(deflated_.get(), options_.config.websocket_max_message_size);
    cost_ns_ += deflate_cost_ns_per_byte * header.payload_size;
    if (const auto size = deflater_.deflate(parts, window_bits, out)) {
      metrics_.count(WorkerCounter::deflated_from_bytes, header.payload_size);
      metrics_.count(WorkerCounter::deflated_to_bytes, *size);
      header.compressed = true;
      header.payload_size = *size;
      deflated = {std::string_view(reinterpret_cast<const char*>(out.data()), *size)};
      parts = deflated;
    }
  }
  metrics_.count(send_frame(connection, header, parts) ? kind
                                                       : WorkerCounter::dropped_backpressure);
}

// Straight into the send slot where that is possible.
bool Outbox::send_frame(Connection& connection, const FrameHeader& header, Parts parts) {
  const std::size_t size = frame_header_size(header) + header.payload_size;
  const bool is_short = size <= options_.connections.write_size_max;
  const auto room = connection.session.unsent.empty() && is_short ? server_.room(connection, size)
                                                                  : std::span<std::byte>{};
  if (room.empty()) {
    std::array<std::byte, frame_header_size_max> head;
    return keep(connection, std::span(head).first(write_frame_header(header, head)), parts);
  }
  std::byte* to = room.data() + write_frame_header(header, room);
  for (const std::string_view part : parts) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  server_.write(connection, size);
  return true;
}

bool Outbox::keep(Connection& connection, std::span<const std::byte> header, Parts parts) {
  StoredInput& unsent = connection.session.unsent;
  const std::size_t size = header.size() + size_of(parts);
  const bool is_first = unsent.empty();
  // A single one may be longer than the limit, which would keep it from who reads.
  const bool is_over = !is_first && unsent.size() + size > options_.config.limits.max_unsent;
  // All of the frame or nothing: after a part of one, no other could be read.
  if (is_over || !unsent.reserve(size, budget_)) return false;
  unsent.append(header, budget_);
  for (const std::string_view part : parts) unsent.append(std::as_bytes(std::span(part)), budget_);
  if (is_first) server_.wait_until_writable(connection);
  return true;
}

void Outbox::send_close(Connection& connection, CloseCode code, std::string_view reason,
                        connection::CloseReason why) {
  metrics_.count(counter_of(code));
  std::array<std::byte, close_frame_size_max> frame;
  const auto bytes = std::span(frame).first(write_close_frame(code, reason, frame));
  const auto room = connection.session.unsent.empty() ? server_.room(connection, bytes.size())
                                                      : std::span<std::byte>{};
  if (room.empty() && connection.session.unsent.append(bytes, budget_)) {
    connection.session.close_reason = why;
    return server_.wait_until_writable(connection);
  }
  if (!room.empty()) {
    std::ranges::copy(bytes, room.begin());
    server_.write(connection, bytes.size());
  }
  server_.finish(connection, why);
}

void Outbox::flush(Connection& connection) {
  while (!connection.session.unsent.empty()) {
    const auto room = server_.room(connection, 1);
    if (room.empty()) return server_.wait_until_writable(connection);
    const auto bytes = connection.session.unsent.bytes();
    const std::size_t size = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), size);
    server_.write(connection, size);
    connection.session.unsent.consume(size, budget_);
  }
  if (connection.session.close_reason) server_.finish(connection, *connection.session.close_reason);
}

void Outbox::close_slow_readers() {
  const std::size_t reserve = options_.unsent_memory / 16;
  while (budget_.free_size < reserve && server_.close_slowest_reader()) continue;
}

}  // namespace gyre::ws
