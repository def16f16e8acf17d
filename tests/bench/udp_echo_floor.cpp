// The floor of gyre_udp: a UDP server on the same ring code, with the same packet sizes, that looks
// only at the action and copies a prepared valid response. Its rate is what the kernel's socket
// path allows; the distance to it is the cost of the tracker. IPv4 only.
//
//   udp_echo_floor ADDRESS:PORT ANNOUNCE_RESPONSE_SIZE[,SIZE...] [WORKERS]
//
// Announces are answered with these sizes in turn, since the cost is not linear in the size: from a
// threshold on that depends on the kernel (about 200 bytes where it was measured), the memory of a
// datagram comes from another allocator.
#include <algorithm>
#include <array>
#include <iostream>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/net/udp_socket.hpp"
#include "common/ring/buffer_ring.hpp"
#include "common/ring/datagram.hpp"
#include "common/ring/reply_slots.hpp"
#include "common/ring/ring.hpp"
#include "tests/bench/floor.hpp"
#include "udp/limits.hpp"
#include "udp/protocol.hpp"

namespace {

using namespace gyre;

constexpr std::uint32_t slot_count = 1024;
constexpr std::uint32_t receive_buffer_count = 32;  // like a worker
constexpr std::size_t payload_size_max = 1452;
constexpr std::size_t peer_size = 6;
constexpr std::size_t receive_buffer_size = 25 * cache_line_size;
constexpr std::uint64_t send_token = std::uint64_t{1} << 56;
constexpr std::uint64_t receive_token = 0;
constexpr std::uint64_t stop_token = std::uint64_t{2} << 56;

constexpr std::size_t scrape_response_size(std::size_t hash_count) {
  return udp::scrape_response_head_size + hash_count * udp::scrape_row_size;
}

// The response to each kind of request, apart from its action and transaction id.
struct Responses {
  std::vector<std::byte> connect;
  std::vector<std::byte> longest_announce;
  std::vector<std::byte> longest_scrape;
  std::vector<std::size_t> announce_sizes;
};

Responses make_responses(const std::vector<std::size_t>& announce_sizes) {
  constexpr udp::ConnectionId connection_id = 1;
  const std::size_t longest = std::ranges::max(announce_sizes);
  const std::size_t peer_count = (longest - udp::announce_response_head_size) / peer_size;
  const auto counted = static_cast<std::uint32_t>(peer_count);
  Responses responses{
      .connect = std::vector<std::byte>(udp::connect_response_size),
      .longest_announce = std::vector<std::byte>(longest, std::byte{1}),
      .longest_scrape = std::vector<std::byte>(scrape_response_size(udp::scrape_hashes_max)),
      .announce_sizes = announce_sizes};
  udp::write_connect_response(responses.connect, 0, connection_id);
  udp::write_announce_response_head(
      responses.longest_announce,
      {.interval = 1800, .leecher_count = counted, .seeder_count = counted});
  udp::write_scrape_response_head(responses.longest_scrape, 0);
  return responses;
}

// One worker's responses.
class Responder {
 public:
  explicit Responder(const Responses& responses) : responses_(responses) {}

  // Writes the response and returns its size, 0 for none.
  std::size_t write_response(std::span<const std::byte> request, std::span<std::byte> out) {
    if (request.size() < udp::connect_request_size) return 0;
    const auto action = load_be<std::uint32_t>(request.data() + 8);
    const auto response = response_to(action, request.size());
    if (response.empty()) return 0;
    std::ranges::copy(response, out.begin());
    std::ranges::copy(request.subspan(8, 8), out.begin());  // action and transaction id
    return response.size();
  }

 private:
  // Empty for an unknown action. A scrape gets a row for each hash.
  std::span<const std::byte> response_to(std::uint32_t action, std::size_t request_size) {
    if (action == 0) return responses_.connect;
    if (action == 1) return std::span(responses_.longest_announce).first(next_announce_size());
    if (action != 2) return {};
    const std::size_t hash_count =
        std::min((request_size - udp::scrape_request_head_size) / 20, udp::scrape_hashes_max);
    return std::span(responses_.longest_scrape).first(scrape_response_size(hash_count));
  }

  std::size_t next_announce_size() {
    const auto& sizes = responses_.announce_sizes;
    if (next_size_ == sizes.size()) next_size_ = 0;
    return sizes[next_size_++];
  }

  const Responses& responses_;
  std::size_t next_size_ = 0;
};

int serve(const net::UdpSocket& socket, int stop_fd, const Responses& responses) {
  auto ring = ring::Ring::create({.submission_entries = 256, .completion_entries = 4096});
  if (!ring) {
    std::cerr << ring.error() << '\n';
    return 1;
  }
  if (!ring->register_files(std::array{socket.fd.get()})) return 1;
  auto buffers = ring::BufferRing::create(*ring, receive_buffer_count, receive_buffer_size);
  if (!buffers) return 1;
  ring::ReplySlots slots(*ring, slot_count, payload_size_max, send_token);
  msghdr shape = ring::receive_shape(socket.with_packet_info);
  Responder responder(responses);
  ring->poll_readable(stop_fd, stop_token);
  ring->receive_datagrams(0, &shape, receive_token);
  while (true) {
    if (!ring->wait(1'000'000'000)) return 1;
    const auto completions = ring->take_completions();
    for (const auto& completion : completions) {
      if (completion.token >= stop_token) return 0;
      if (completion.token >= send_token) slots.complete(completion);
    }
    slots.settle();
    for (const auto& completion : completions) {
      if (completion.token != receive_token) continue;
      if (!completion.more()) ring->receive_datagrams(0, &shape, receive_token);
      const auto buffer_id = completion.buffer_id();
      if (!buffer_id) continue;
      const auto lease = buffers->lease(*buffer_id, static_cast<std::size_t>(completion.result));
      const auto datagram = ring::parse_received(lease.bytes(), shape);
      const auto slot = datagram ? slots.acquire() : std::nullopt;
      if (!slot) continue;
      const auto size = responder.write_response(datagram->payload, slots.payload(*slot));
      if (size == 0)
        slots.release(*slot);
      else
        slots.send(*slot, size, *datagram, 0);
    }
    buffers->publish();
  }
}

bool is_valid_size(std::size_t size) {
  return size >= udp::announce_response_head_size && size <= payload_size_max &&
         (size - udp::announce_response_head_size) % peer_size == 0;
}

std::vector<net::UdpSocket> bind_sockets(const bench::FloorArguments& arguments) {
  std::vector<net::UdpSocket> sockets;
  while (sockets.size() < arguments.worker_count) {
    auto socket = net::bind_udp({.address = arguments.address,
                                 .receive_buffer_size = 8'000'000,
                                 .send_buffer_size = 8'000'000,
                                 .never_fragment = true});
    if (!socket) {
      std::cerr << socket.error() << '\n';
      return {};
    }
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = bench::parse_floor_arguments({argv, static_cast<std::size_t>(argc)});
  if (!arguments || !std::ranges::all_of(arguments->answers, is_valid_size)) {
    std::cerr << "usage: udp_echo_floor ADDRESS:PORT ANNOUNCE_RESPONSE_SIZE[,SIZE...] [WORKERS]\n"
                 "A size is 20 to 1452 bytes: 20, and 6 for each peer.\n";
    return 2;
  }
  const Fd stop = bench::block_stop_signals();
  const auto sockets = bind_sockets(*arguments);
  if (sockets.empty()) return 1;
  const Responses responses = make_responses(arguments->answers);
  std::cerr << "listening on udp://" << to_string(sockets[0].address) << std::endl;
  return bench::serve_by_all(
      sockets, [&](const net::UdpSocket& socket) { return serve(socket, stop.get(), responses); });
}
