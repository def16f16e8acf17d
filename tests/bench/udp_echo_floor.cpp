// The floor under gyre_udp: a UDP server on the same ring code and with the same packet sizes that
// looks at nothing but the action. What it answers per second is what the kernel's socket path
// allows; the distance to it is what the tracker costs.
//
//   udp_echo_floor ADDRESS:PORT ANNOUNCE_RESPONSE_SIZE
#include <signal.h>
#include <sys/signalfd.h>

#include <cstdlib>
#include <iostream>

#include "common/bytes.hpp"
#include "common/io/buffer_ring.hpp"
#include "common/io/datagram.hpp"
#include "common/io/reply_slots.hpp"
#include "common/io/ring.hpp"
#include "common/io/udp_socket.hpp"

namespace {

using namespace gyre;

constexpr std::uint32_t slot_count = 1024;
constexpr std::size_t payload_size_max = 1452;
constexpr std::size_t receive_buffer_size = 25 * cache_line_size;
constexpr std::uint64_t send_token = std::uint64_t{1} << 56;
constexpr std::uint64_t receive_token = 0;
constexpr std::uint64_t stop_token = std::uint64_t{2} << 56;

// A connect or an announce as the load generator tells them apart: by action and transaction id,
// which the response begins with. The rest of it is whatever the slot holds.
std::size_t write_response(std::span<const std::byte> request, std::span<std::byte> out,
                           std::size_t announce_response_size) {
  if (request.size() < 16) return 0;
  std::copy_n(request.begin() + 8, 8, out.begin());
  const auto action = load_be<std::uint32_t>(request.data() + 8);
  if (action == 0) {
    store_be(out.data() + 8, std::uint64_t{1});
    return 16;
  }
  return action == 1 ? announce_response_size : 20;
}

int serve(const io::UdpSocket& socket, int stop_fd, std::size_t announce_response_size) {
  auto ring = io::Ring::create({.submission_entries = 256, .completion_entries = 4096});
  if (!ring) {
    std::cerr << ring.error() << '\n';
    return 1;
  }
  if (!ring->register_files(std::array{socket.fd.get()})) return 1;
  auto buffers = io::BufferRing::create(*ring, slot_count, receive_buffer_size);
  if (!buffers) return 1;
  io::ReplySlots slots(*ring, slot_count, payload_size_max, send_token);
  msghdr shape = io::receive_shape(socket.with_packet_info);
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
      const auto datagram = io::parse_received(lease.bytes(), shape);
      const auto slot = datagram ? slots.acquire() : std::nullopt;
      if (!slot) continue;
      const auto size =
          write_response(datagram->payload, slots.payload(*slot), announce_response_size);
      if (size == 0)
        slots.release(*slot);
      else
        slots.send(*slot, size, *datagram, 0);
    }
    buffers->publish();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto address = argc == 3 ? socket_address_from(argv[1]) : std::nullopt;
  const std::size_t size = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
  if (!address || size < 20 || size > payload_size_max) {
    std::cerr << "usage: udp_echo_floor ADDRESS:PORT ANNOUNCE_RESPONSE_SIZE (20 to 1452)\n";
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const Fd stop(signalfd(-1, &signals, SFD_CLOEXEC));
  const auto socket = io::bind_udp(
      {.address = *address, .receive_buffer_size = 8'000'000, .send_buffer_size = 8'000'000});
  if (!socket) {
    std::cerr << socket.error() << '\n';
    return 1;
  }
  std::cerr << "listening on udp://" << to_string(socket->address) << std::endl;
  return serve(*socket, stop.get(), size);
}
