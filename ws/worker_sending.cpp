// What goes over WebSockets: a part of Worker.
#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "ws/worker.hpp"

namespace gyre::ws {

using connection::Stream;

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

std::span<const std::byte> bytes_of(std::string_view part) {
  return std::as_bytes(std::span(part));
}

WorkerCounter counter_of(Response kind) {
  switch (kind) {
    case Response::announce:
      return WorkerCounter::sent_announce;
    case Response::scrape:
      return WorkerCounter::sent_scrape;
    case Response::failure:
      return WorkerCounter::sent_failure;
    case Response::offer:
      return WorkerCounter::sent_offer;
    case Response::answer:
      break;
  }
  return WorkerCounter::sent_answer;
}

}  // namespace

Connection* Worker::find(const ConnectionRef& ref) {
  if (ref.index >= connections_.size()) return nullptr;
  Connection& connection = connections_[ref.index];
  const bool is_it = connection.stream != nullptr && connection.stream->open &&
                     connection.serial == ref.serial && connection.is_websocket &&
                     !connection.ends_for;
  return is_it ? &connection : nullptr;
}

void Worker::send(const ConnectionRef& to, Response kind, Parts parts) {
  if (to.worker == options_.index) {
    Connection* connection = find(to);
    if (connection == nullptr) return metrics_.count(WorkerCounter::dropped_gone);
    return send_message(*connection, kind, parts);
  }
  Mail mail{.kind = Mail::Kind::response, .response = kind, .connection = to};
  mail.text.reserve(size_of(parts));
  for (const std::string_view part : parts) {
    const auto bytes = bytes_of(part);
    mail.text.insert(mail.text.end(), bytes.begin(), bytes.end());
  }
  if (!post(to.worker, std::move(mail))) metrics_.count(WorkerCounter::dropped_queue_full);
}

// What was written to scrape_reply_.
void Worker::send_reply(const ConnectionRef& to, ScrapeReplyWriter& reply) {
  const std::size_t size = reply.finish(options_.handler.announce_interval_s);
  const std::array parts{
      std::string_view(reinterpret_cast<const char*>(scrape_reply_.data()), size)};
  send(to, Response::scrape, parts);
}

void Worker::send_message(Connection& connection, Response kind, Parts parts) {
  FrameHeader header{.opcode = Opcode::text, .payload_size = size_of(parts)};
  cost_ns_ += send_cost_ns + header.payload_size / copy_bytes_per_ns;
  std::array<std::string_view, 1> deflated;
  const auto& deflate = connection.state.deflate;
  if (deflate && header.payload_size >= options_.compress_from && options_.compress_from > 0) {
    const std::span out(deflated_.get(), options_.message_size_max);
    cost_ns_ += deflate_cost_ns_per_byte * header.payload_size;
    if (const auto size = deflater_.deflate(parts, deflate->server_window_bits, out)) {
      metrics_.count(WorkerCounter::deflated_from_bytes, header.payload_size);
      metrics_.count(WorkerCounter::deflated_to_bytes, *size);
      header.compressed = true;
      header.payload_size = *size;
      deflated = {std::string_view(reinterpret_cast<const char*>(out.data()), *size)};
      parts = deflated;
    }
  }
  metrics_.count(send_frame(connection, header, parts) ? counter_of(kind)
                                                       : WorkerCounter::dropped_backpressure);
}

// Straight into the send slot where that is possible. False: it was dropped.
bool Worker::send_frame(Connection& connection, const FrameHeader& header, Parts parts) {
  Stream& stream = *connection.stream;
  const std::size_t size = frame_header_size(header) + header.payload_size;
  const bool is_short = size <= options_.transport.write_size_max;
  const auto room = connection.unsent.empty() && is_short ? transport_->room(stream, size)
                                                          : std::span<std::byte>{};
  if (room.empty()) {
    std::array<std::byte, frame_header_size_max> head;
    return keep_unsent(connection, std::span(head).first(write_frame_header(header, head)), parts);
  }
  std::byte* to = room.data() + write_frame_header(header, room);
  for (const std::string_view part : parts) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  transport_->write(stream, size);
  return true;
}

bool Worker::keep_unsent(Connection& connection, std::span<const std::byte> header, Parts parts) {
  StoredInput& unsent = connection.unsent;
  const std::size_t size = header.size() + size_of(parts);
  const bool is_first = unsent.empty();
  // A single one may be longer than the limit, which would keep it from who reads.
  const bool is_over = !is_first && unsent.size() + size > options_.unsent_max;
  // All of the frame or nothing: after a part of one, no other could be read.
  if (is_over || !unsent.reserve(size, unsent_budget_)) return false;
  unsent.append(header, unsent_budget_);
  for (const std::string_view part : parts) unsent.append(bytes_of(part), unsent_budget_);
  if (is_first && !transport_->has_output(*connection.stream)) {
    transport_->wait_until_writable(*connection.stream);
  }
  return true;
}

void Worker::writable(Stream& stream) {
  Connection& connection = connections_[stream.index];
  while (!connection.unsent.empty()) {
    const auto room = transport_->room(stream, 1);
    if (room.empty()) {
      if (!transport_->has_output(stream)) transport_->wait_until_writable(stream);
      return;
    }
    const auto bytes = connection.unsent.bytes();
    const std::size_t size = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), size);
    transport_->write(stream, size);
    connection.unsent.consume(size, unsent_budget_);
  }
  if (connection.ends_for) transport_->finish(stream, *connection.ends_for);
}

// It may have nothing to say for long; so nothing is made of its own deadline but this.
void Worker::send_ping(Connection& connection) {
  connection::DeadlineList::remove(connection);
  pinged_.append(connection, now_ns_);
  connection.awaits_pong = true;
  metrics_.count(WorkerCounter::pings_sent);
  send_frame(connection, {.opcode = Opcode::ping}, {});
}

void Worker::probe(const ConnectionRef& ref) {
  if (ref.worker != options_.index) {
    post(ref.worker, {.kind = Mail::Kind::probe, .connection = ref});
    return;
  }
  Connection* connection = find(ref);
  if (connection != nullptr && !connection->awaits_pong) send_ping(*connection);
}

}  // namespace gyre::ws
