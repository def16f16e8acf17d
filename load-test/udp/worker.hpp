// One thread of the load test: sends requests and takes responses in a loop that never sleeps, as
// its current phase says. Between the run, which makes phases follow each other, and the clients.
#pragma once

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
#include "load-test/worker.hpp"

namespace gyre::load_test::udp {

using load_test::Phase;

class Worker final : public load_test::Worker {
 public:
  // Opens the sockets. The peers are this worker's share and outlive it, as does the first phase.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
      const Phase& first_phase);

  // Waits for the responses that are still to come after the stop. The error: no connection id came
  // in time.
  std::expected<void, std::string> run(const std::stop_token& stop) override;

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
  void accept(Client& client, const gyre::udp::Response& response, const Request& request,
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

  // Of the current turn.
  Phase turn_phase_;
  std::uint64_t now_ns_ = 0;
  std::uint64_t expired_at_ns_ = 0;
  std::optional<load_test::Schedule> schedule_;
};

}  // namespace gyre::load_test::udp
