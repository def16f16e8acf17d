// The floor under gyre_http: a TCP server on the same ring code that looks at nothing but the end
// of a request, and sends a valid response that was made beforehand. What it answers per second is
// what the kernel's socket path allows; the distance to it is what the tracker costs.
//
//   http_floor ADDRESS:PORT PEERS [WORKERS]
//
// It takes requests that come in one piece, and whose last header is Connection. The answer names
// so many IPv4 peers.
#include <array>
#include <cerrno>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/buffer_ring.hpp"
#include "common/io/ring.hpp"
#include "common/io/tcp_listener.hpp"
#include "common/process/host.hpp"
#include "tests/bench/floor.hpp"

namespace {

using namespace gyre;

constexpr std::uint32_t receive_buffer_count = 256;  // as many as a worker has, and as long
constexpr std::size_t receive_buffer_size = 4096;
constexpr std::size_t peers_max = 1000;

// Tokens: what the operation was, above the descriptor that it was for.
enum class Operation : std::uint64_t { accept, receive, send, send_last, stop };
constexpr std::uint64_t token_of(Operation operation, int fd = 0) {
  return static_cast<std::uint64_t>(operation) << 32 | static_cast<std::uint32_t>(fd);
}

struct Responses {
  std::string keeping;
  std::string closing;
};

Responses make_responses(std::size_t peer_count) {
  std::string peers;
  for (std::size_t i = 0; i < peer_count; ++i) peers.append("\x7f\0\0\1\x1a\xe1", 6);
  const std::string count = std::to_string(peer_count);
  const std::string body = "d8:completei" + count + "e10:downloadedi0e10:incompletei" + count +
                           "e8:intervali1800e12:min intervali900e5:peers" +
                           std::to_string(peers.size()) + ":" + peers + "e";
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\nConnection: ";
  return {.keeping = head + "keep-alive\r\n\r\n" + body, .closing = head + "close\r\n\r\n" + body};
}

// Answers what was received.
void answer(io::Ring& ring, int fd, std::string_view request, const Responses& responses) {
  if (!request.ends_with("\r\n\r\n")) return;
  const bool last = request.ends_with("close\r\n\r\n");
  const std::string& response = last ? responses.closing : responses.keeping;
  ring.send_stream({.fd = fd,
                    .bytes = std::as_bytes(std::span(response)),
                    .last = last,
                    .token = token_of(last ? Operation::send_last : Operation::send, fd)});
}

// Nothing is sent any more when a connection's receiving has ended: all that it asked was answered.
void receive(io::Ring& ring, io::BufferRing& buffers, const io::Completion& completion, int fd,
             const Responses& responses) {
  if (const auto buffer_id = completion.buffer_id()) {
    const auto lease = buffers.lease(*buffer_id, static_cast<std::size_t>(completion.result));
    const auto bytes = lease.bytes();
    answer(ring, fd, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, responses);
  }
  if (completion.more()) return;
  if (completion.result > 0 || completion.result == -ENOBUFS) {
    ring.receive_stream(fd, token_of(Operation::receive, fd));
  } else {
    ring.close_stream(fd, false);
  }
}

int serve(const io::TcpListener& listener, int stop_fd, const Responses& responses) {
  auto ring = io::Ring::create({.submission_entries = 1024, .completion_entries = 8192});
  if (!ring) {
    std::cerr << ring.error() << '\n';
    return 1;
  }
  if (!ring->register_files(std::array{listener.fd.get()})) return 1;
  auto buffers = io::BufferRing::create(*ring, receive_buffer_count, receive_buffer_size);
  if (!buffers) return 1;
  ring->poll_readable(stop_fd, token_of(Operation::stop));
  ring->accept_connections(0, token_of(Operation::accept));
  while (true) {
    if (!ring->wait(1'000'000'000)) return 1;
    for (const auto& completion : ring->take_completions()) {
      const auto fd = static_cast<int>(completion.token & 0xffff'ffff);
      switch (static_cast<Operation>(completion.token >> 32)) {
        case Operation::accept:
          if (completion.result >= 0) {
            ring->receive_stream(completion.result,
                                 token_of(Operation::receive, completion.result));
          }
          if (!completion.more()) ring->accept_connections(0, token_of(Operation::accept));
          break;
        case Operation::receive:
          receive(*ring, *buffers, completion, fd, responses);
          break;
        case Operation::send:
          break;
        case Operation::send_last:
          ring->finish_sending(fd);
          break;
        case Operation::stop:
          return 0;
      }
    }
    buffers->publish();
  }
}

std::vector<io::TcpListener> listen(const bench::FloorArguments& arguments) {
  std::vector<io::TcpListener> listeners;
  while (listeners.size() < arguments.worker_count) {
    auto listener = io::listen_tcp({.address = arguments.address, .backlog = 4096});
    if (!listener) {
      std::cerr << listener.error() << '\n';
      return {};
    }
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = bench::parse_floor_arguments({argv, static_cast<std::size_t>(argc)});
  if (!arguments || arguments->answer > peers_max) {
    std::cerr << "usage: http_floor ADDRESS:PORT PEERS [WORKERS]\n"
                 "Each answer names 0 to 1000 peers.\n";
    return 2;
  }
  if (const auto raised = process::raise_file_limit(); !raised) std::cerr << raised.error() << '\n';
  const Fd stop = bench::block_stop_signals();
  const auto listeners = listen(*arguments);
  if (listeners.empty()) return 1;
  const Responses responses = make_responses(arguments->answer);
  std::cerr << "listening on http://" << to_string(listeners[0].address) << std::endl;
  return bench::serve_by_all(listeners, [&](const io::TcpListener& listener) {
    return serve(listener, stop.get(), responses);
  });
}
