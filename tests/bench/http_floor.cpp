// The floor of gyre_http: a TCP server on the same ring code that looks only for the end of a
// request, and sends a prepared valid response. Its rate is what the kernel's socket path allows;
// the distance to it is the cost of the tracker.
//
//   http_floor ADDRESS:PORT PEERS [WORKERS]
//
// Requests must arrive in one piece, with Connection as their last header. The response has PEERS
// IPv4 peers.
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "common/process/host.hpp"
#include "tests/bench/stream_floor.hpp"

namespace {

using namespace gyre;

constexpr std::size_t peers_max = 1000;

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

class HttpFloor {
 public:
  static constexpr std::size_t receive_buffer_size = 4096;  // like the tracker's

  explicit HttpFloor(const Responses& responses) : responses_(responses) {}

  void received(ring::Ring& ring, int fd, std::span<const std::byte> bytes) {
    const std::string_view request(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!request.ends_with("\r\n\r\n")) return;
    const bool last = request.ends_with("close\r\n\r\n");
    if (closing_.size() <= static_cast<std::size_t>(fd)) closing_.resize(2 * fd_count(fd));
    closing_[static_cast<std::size_t>(fd)] = last;
    const std::string& response = last ? responses_.closing : responses_.keeping;
    ring.send_stream(fd, std::as_bytes(std::span(response)), bench::send_token(fd), last);
  }

  void sent(ring::Ring& ring, int fd) {
    if (closing_[static_cast<std::size_t>(fd)]) ring.finish_sending(fd);
  }

  // By then nothing is being sent: every request was answered.
  bool ended(int) { return true; }

 private:
  static std::size_t fd_count(int fd) { return static_cast<std::size_t>(fd) + 1; }

  const Responses& responses_;
  std::vector<bool> closing_;  // by descriptor: its last response is being sent
};

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = bench::parse_floor_arguments({argv, static_cast<std::size_t>(argc)});
  if (!arguments || arguments->answers.size() != 1 || arguments->answers[0] > peers_max) {
    std::cerr << "usage: http_floor ADDRESS:PORT PEERS [WORKERS]\n"
                 "Each answer names 0 to 1000 peers.\n";
    return 2;
  }
  if (const auto raised = process::raise_file_limit(); !raised) std::cerr << raised.error() << '\n';
  const Fd stop = bench::block_stop_signals();
  const auto listeners = bench::listen_for_all(*arguments);
  if (listeners.empty()) return 1;
  const Responses responses = make_responses(arguments->answers[0]);
  std::cerr << "listening on http://" << to_string(listeners[0].address) << std::endl;
  return bench::serve_by_all(listeners, [&](const net::TcpListener& listener) {
    HttpFloor floor(responses);
    return bench::serve_streams(listener, stop.get(), floor);
  });
}
