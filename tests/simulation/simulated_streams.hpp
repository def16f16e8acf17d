// Connections of the kernel in memory: their clients' side, which tests play, and the operations of
// a ring on them. A part of simulated_ring.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.hpp"
#include "common/ring/ring.hpp"

namespace gyre::simulation {

// Chances in 1000, at each occasion.
struct StreamFaults {
  std::uint32_t accept_ends = 0;    // a multishot's completion comes without more()
  std::uint32_t accept_aborts = 0;  // an accept ends with ECONNABORTED
  std::uint32_t receive_ends = 0;
  std::uint32_t receive_short = 0;    // less is received than is there
  std::uint32_t receive_late = 0;     // what is there is received a wait later
  std::uint32_t end_with_buffer = 0;  // the end of a stream brings a buffer
  std::uint32_t send_waits_on = 0;    // a send goes on waiting, though there is room
};

using ClientId = std::uint32_t;

// One connection, as its client sees it.
struct Client {
  std::optional<net::SocketAddress> address;
  std::string to_worker;  // sent and not received yet
  bool ended = false;     // the client sends no more
  bool reset = false;     // by the client: everything under way is lost
  std::string in_flight;  // from the worker; what the client has not taken yet
  std::string taken;      // what the client has read
  bool worker_ended = false;
  bool worker_reset = false;  // before the client had taken everything
  bool worker_closed = false;
};

class Streams {
 public:
  explicit Streams(Random& random) : random_(random) {}

  // The clients' side.
  ClientId connect(std::uint32_t file_index, std::optional<net::SocketAddress> address);
  Client& client(ClientId id) { return clients_.at(id); }
  void take(ClientId id, std::size_t size_max);  // the client reads what has come
  std::size_t open_descriptors() const { return open_.size(); }
  std::size_t waiting_connections() const;

  StreamFaults faults;
  std::size_t descriptors_max = 1000;
  std::size_t send_room = 4000;  // of a socket, in bytes
  std::uint64_t accept_failures = 0;

  // The ring's side.
  // Operations are of one ring, connections of all.
  struct Accept {
    int ring;
    std::uint32_t file_index;
    std::uint64_t token;
  };
  struct Receive {
    int ring;
    int fd;
    std::uint64_t token;
  };
  // What a ring lends to its operations.
  struct Hooks {
    int ring;
    std::function<void(std::uint64_t token, std::int32_t result,
                       std::optional<std::uint16_t> buffer, bool more)>
        complete;
    std::function<std::optional<std::uint16_t>(std::string_view bytes)> fill_buffer;
    std::function<std::size_t()> buffer_size;
  };
  void arm(const Accept& accept);
  void arm(const Receive& receive);
  struct Sending {
    int ring;
    int fd;
    std::span<const std::byte> bytes;
    std::uint64_t token;
    std::size_t sent = 0;
  };
  void send(const Sending& sending);
  void cancel(std::uint64_t token, const Hooks& hooks);
  void advance(const Hooks& hooks);
  std::optional<net::SocketAddress> peer_of(int fd) { return client_at(fd).address; }
  void finish_sending(int fd) { client_at(fd).worker_ended = true; }
  void close(int fd, bool reset);

 private:
  bool chance(std::uint32_t in_1000) { return random_.below(1000) < in_1000; }
  Client& client_at(int fd) { return clients_.at(open_.at(fd)); }
  bool accept_one(const Accept& accept, const Hooks& hooks);
  bool receive_some(const Receive& receive, const Hooks& hooks);
  bool advance_send(Sending& sending, const Hooks& hooks);

  Random& random_;
  ClientId next_id_ = 1;
  std::map<ClientId, Client> clients_;
  std::map<std::uint32_t, std::deque<ClientId>> waiting_;  // by listener
  std::map<int, ClientId> open_;                           // by descriptor
  std::vector<Accept> accepts_;
  std::vector<Receive> receives_;
  std::vector<Sending> sends_;
};

}  // namespace gyre::simulation
