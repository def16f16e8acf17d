// The floor of gyre_ws: a WebSocket server on the same ring code that echoes each message,
// unmasked, to its sender. Its rate is what the kernel's socket path and the frames of RFC 6455
// allow; the distance to it is the cost of the tracker.
//
//   ws_floor ADDRESS:PORT [WORKERS]
//
// Handshakes must arrive in one piece, and messages in one frame; pings are ignored.
#include <iostream>
#include <vector>

#include "common/http1/request_head.hpp"
#include "common/process/host.hpp"
#include "tests/bench/stream_floor.hpp"
#include "ws/frame.hpp"
#include "ws/handshake.hpp"

namespace {

using namespace gyre;
using Bytes = std::vector<std::byte>;

struct Connection {
  bool is_open = false;    // the handshake is done
  bool has_ended = false;  // nothing more is received
  Bytes input;             // of an incomplete message
  Bytes sending;           // in flight, if not empty
  Bytes waiting;           // to be sent afterwards
};

class WsFloor {
 public:
  static constexpr std::size_t receive_buffer_size = 16'384;  // like the tracker's

  void received(ring::Ring& ring, int fd, std::span<const std::byte> bytes) {
    Connection& connection = connection_of(fd);
    if (!connection.is_open) {
      open(connection, bytes);
    } else if (connection.input.empty()) {
      const auto rest = echo(connection, bytes);
      connection.input.assign(rest.begin(), rest.end());
    } else {
      connection.input.insert(connection.input.end(), bytes.begin(), bytes.end());
      const auto rest = echo(connection, connection.input);
      connection.input.erase(connection.input.begin(),
                             connection.input.end() - static_cast<std::ptrdiff_t>(rest.size()));
    }
    if (connection.sending.empty()) send(ring, fd, connection);
  }

  void sent(ring::Ring& ring, int fd) {
    Connection& connection = connection_of(fd);
    connection.sending.clear();
    if (connection.has_ended) {
      connection = {};
      ring.close_stream(fd, false);
    } else {
      send(ring, fd, connection);
    }
  }

  bool ended(int fd) {
    Connection& connection = connection_of(fd);
    connection.has_ended = true;
    if (!connection.sending.empty()) return false;
    connection = {};
    return true;
  }

 private:
  Connection& connection_of(int fd) {
    const auto index = static_cast<std::size_t>(fd);
    if (connections_.size() <= index) connections_.resize(2 * index + 1);
    return connections_[index];
  }

  void open(Connection& connection, std::span<const std::byte> bytes) {
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    if (!http1::parse_request_head({text, bytes.size()}, head_)) return;
    const auto upgrade = ws::parse_upgrade(head_, false);
    if (!upgrade) return;
    connection.waiting.resize(ws::upgrade_response_size_max);
    connection.waiting.resize(ws::write_upgrade_response(*upgrade, connection.waiting));
    connection.is_open = true;
  }

  // Returns the bytes of an incomplete message.
  static std::span<const std::byte> echo(Connection& connection, std::span<const std::byte> bytes) {
    ws::FrameHeader header;
    while (true) {
      const auto header_size = ws::parse_frame_header(bytes, header);
      if (!header_size) return {};
      const std::size_t size = *header_size + header.payload_size;
      if (*header_size == 0 || bytes.size() < size) return bytes;
      const auto mask = header.mask.value_or(ws::Mask{});
      header.mask.reset();
      Bytes& out = connection.waiting;
      const std::size_t begin = out.size();
      out.resize(begin + ws::frame_header_size(header) + header.payload_size);
      const auto frame = std::span(out).subspan(begin);
      ws::apply_mask(frame.subspan(ws::write_frame_header(header, frame)),
                     bytes.subspan(*header_size, header.payload_size), mask);
      bytes = bytes.subspan(size);
    }
  }

  static void send(ring::Ring& ring, int fd, Connection& connection) {
    if (connection.waiting.empty()) return;
    std::swap(connection.sending, connection.waiting);
    ring.send_stream(fd, connection.sending, bench::send_token(fd), false);
  }

  http1::RequestHead head_;
  std::vector<Connection> connections_;  // by descriptor
};

}  // namespace

int main(int argc, char** argv) {
  // The response is as long as the message.
  std::vector<char*> words(argv, argv + argc);
  std::string no_answer = "0";
  if (words.size() > 1) words.insert(words.begin() + 2, no_answer.data());
  const auto arguments = bench::parse_floor_arguments(words);
  if (!arguments) {
    std::cerr << "usage: ws_floor ADDRESS:PORT [WORKERS]\n";
    return 2;
  }
  if (const auto raised = process::raise_file_limit(); !raised) std::cerr << raised.error() << '\n';
  const Fd stop = bench::block_stop_signals();
  const auto listeners = bench::listen_for_all(*arguments);
  if (listeners.empty()) return 1;
  std::cerr << "listening on ws://" << to_string(listeners[0].address) << std::endl;
  return bench::serve_by_all(listeners, [&](const net::TcpListener& listener) {
    WsFloor floor;
    return bench::serve_streams(listener, stop.get(), floor);
  });
}
