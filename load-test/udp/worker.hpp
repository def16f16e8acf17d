// One thread of the load test: sends requests and takes responses in a loop that never sleeps, as
// its current phase says. Between the run, which makes phases follow each other, and the clients.
//
// Threading: set_phase() and connected() may be called from another thread; the rest belongs to the
// thread that calls run().
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "load-test/schedule.hpp"
#include "load-test/udp/client.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/receiver.hpp"
#include "load-test/udp/request_source.hpp"
#include "load-test/udp/statistics.hpp"

namespace gyre::udp_load {

// What a worker is to do, and where it counts.
struct Phase {
  enum class Activity : std::uint8_t {
    connect,    // get connection ids, no more
    saturate,   // keep the windows full
    keep_rate,  // send at `rate`
  };
  Activity activity = Activity::connect;
  std::uint64_t rate =
      0;  // requests per second of all workers; going on with it, nothing is missed
  Statistics* statistics = nullptr;
};

class Worker {
 public:
  // Opens the sockets. The peers are this worker's share and outlive it, as does the first phase.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
      const Phase& first_phase);

  // Takes effect with the worker's next turn. The phase outlives the worker.
  void set_phase(const Phase& phase) { phase_.store(&phase, std::memory_order_release); }

  bool connected() const { return connected_.load(std::memory_order_relaxed); }

  // Until the stop, after which it waits for the responses that are still to come. The error: no
  // connection id came in time.
  std::expected<void, std::string> run(const std::stop_token& stop);

 private:
  Worker(const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
         const Phase& first_phase);

  std::expected<void, std::string> await_connection(const std::stop_token& stop);
  void drain();
  void begin_turn();
  void end_turn(bool busy);

  bool receive();
  bool receive(Client& client);
  void take(Client& client, std::span<const std::byte> datagram, std::uint64_t now_ns);
  void accept(Client& client, const udp::Response& response, const Request& request,
              std::uint64_t now_ns);
  void expire();

  bool send();
  bool send_saturating();
  bool send_due();
  void ask(Client& client, Kind kind, std::uint64_t due_ns);
  void flush(Client& client);
  bool renew_ids();
  Client* next_askable_client();
  std::uint32_t in_flight() const;

  Config config_;
  std::uint32_t index_;
  std::uint32_t saturating_count_min_;  // fewer requests are not sent yet, so that trains are long
  RequestSource source_;
  Receiver receiver_;
  std::vector<Client> clients_;
  std::size_t next_client_ = 0;

  std::atomic<const Phase*> phase_;
  std::atomic<bool> connected_ = false;

  // Of the current turn.
  Phase turn_phase_;
  std::uint64_t now_ns_ = 0;
  std::uint64_t expired_at_ns_ = 0;
  std::optional<load_test::Schedule> schedule_;
};

}  // namespace gyre::udp_load
